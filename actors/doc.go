// Package actors is the Proto.Actor side of one node: a pool of supervised runtime
// actors, each of which owns one isolate, and the dispatcher that holds every
// invocation that has not started.
//
// Work is pulled. The dispatcher is a struct behind a mutex, called from the
// goroutines that take messages off NATS; a runtime actor's mailbox holds only what
// its own isolate posted (jsruntime.Event), control messages, and at most one
// outstanding wake. On a wake, and after each turn while there is work and room, the
// actor pulls one invocation. So the loss of an isolate never loses an invocation
// that had not started, and a runtime that computes never holds up work that another
// could do.
//
//	Pool.Submit -> dispatcher.submit   queue, wake one idle runtime, or hand on
//	wake        -> dispatcher.next     the runtime pulls, Runtime.Invoke
//	event       -> Runtime.Handle      an IO result, a timer, a deadline
//	settle      -> done                exactly once for each Submit
//
// A runtime whose isolate is condemned answers (or puts back, where the function is
// idempotent) what was in flight, closes the isolate, and panics with a *LostError;
// the supervisor restarts it with a new isolate, after a back-off that grows. A
// function that condemns isolates again and again is quarantined; the pool never is.
//
// In a cluster a pool may have no shared runtime at all. What it has no runtime or no
// room for is offered to Config.Overflow, outside every lock: as it comes, or when the
// last runtime goes. What came from another node goes no further.
//
// A function with dedicated: true has a runtime of its own, which the supervisor starts
// and stops as the registry says, or as Pool.House does. A runtime whose turn cannot be stopped is replaced
// by another actor at once; nobody waits for the old one.
//
// A Pool is safe for concurrent use. Results are handed to done on the goroutine of
// a runtime actor, of the deadline sweep, or of Submit itself; done must not block.
//
//	pool, err := actors.Start(ctx, cfg, actors.Deps{System: system, Logger: log})
//	err = pool.Deploy(fn)
//	pool.Submit(inv, func(r *function.Result) { reply(r) })
//	err = errors.Join(pool.Drain(ctx), pool.Close())
//
// Not for: subscriptions and replies (bridge), membership and spill to a peer
// (cluster), and anything that enters JavaScript (jsruntime).
package actors
