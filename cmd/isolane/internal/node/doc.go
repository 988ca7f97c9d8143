// Package node is one Isolane node: it makes the parts, plugs them together, and
// starts and stops them in an order that loses nothing.
//
//	n, err := node.Start(ctx, cfg, log)
//	fmt.Println("ready", n.Ready())
//	<-ctx.Done()
//	err = n.Stop(grace)
//
// The parts know nothing of one another: bridge hands invocations to a Dispatcher,
// which is the pool of actors; the pool makes its isolates with a function that is
// given to it here; the folder of functions tells this package what changed.
//
// The order, and why, stands at Start and at Stop. A Node is safe for concurrent
// use. It is not for flags, the environment or the ready line, which are the
// command's.
package node
