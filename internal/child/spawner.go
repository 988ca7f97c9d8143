package child

import (
	"os/exec"
	"runtime"
)

// Spawner starts processes from one thread that lives as long as it: Linux sends a
// child its parent-death signal when the *thread* that started it ends, and Go ends
// threads as it likes.
type Spawner struct {
	requests chan spawn
	done     chan struct{}
}

type spawn struct {
	cmd    *exec.Cmd
	result chan error
}

// NewSpawner begins the thread; Stop ends it.
func NewSpawner() *Spawner {
	s := &Spawner{requests: make(chan spawn), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		// Never unlocked: the thread ends with the goroutine.
		runtime.LockOSThread()
		for r := range s.requests {
			r.result <- r.cmd.Start()
		}
	}()
	return s
}

// Start is cmd.Start. It must not be called after Stop.
func (s *Spawner) Start(cmd *exec.Cmd) error {
	r := spawn{cmd: cmd, result: make(chan error, 1)}
	s.requests <- r
	return <-r.result
}

// Stop ends the thread; on Linux every process that it started and that still runs is
// killed by that.
func (s *Spawner) Stop() {
	close(s.requests)
	<-s.done
}
