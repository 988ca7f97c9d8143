// Package child starts programs that must not outlive this one: nodes and servers that
// tools and system tests run as real processes.
//
// A Process is its own process group, so that a signal of the terminal reaches it
// through this program alone; what it writes comes line by line; on Linux the kernel ends
// it with this program, however that ends.
//
//	spawner := child.NewSpawner()
//	defer spawner.Stop() // on Linux what still runs is killed by that
//	p, err := child.Start(ctx, spawner, child.Config{Name: "n1", Argv: []string{"isolane", "run"}})
//	<-p.Ready()
//	err = p.Signal(syscall.SIGKILL)
//	<-p.Ended()
//
// Everything is safe for concurrent use. Not for processes that are to be kept alive:
// tools/localcluster does that.
package child
