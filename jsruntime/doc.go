// Package jsruntime runs JavaScript functions in one isolate, without ever
// blocking: a Runtime is an isolate and its event loop, driven from outside.
//
// A Runtime is not safe for concurrent use. Whoever owns it (an actor) calls its
// methods one at a time, from any goroutine, and hands back to Handle what the
// runtime posted: IO results, timers and deadlines arrive through Config.Post from
// other goroutines and are opaque to the owner. Each call enters JavaScript for one
// turn: until every microtask is done, which is until each invocation either
// settled or waits for an event.
//
//	rt, err := jsruntime.New(cfg, engine)
//	err = rt.Invoke(inv, fn, done)        // runs until the first await
//	for ev := range posted { err = rt.Handle(ev) }
//
// Limits are kept by a watchdog, which is the only other goroutine that touches the
// isolate, and only to terminate it. When a turn had to be terminated, or the heap
// ran full, the isolate is condemned: Invoke or Handle answers the culprit, and
// returns a *CondemnedError. The owner then takes the innocent invocations with
// Abandon, closes the runtime and makes another.
//
// The package knows no actor, no NATS and no cluster. Engines live below it (v8),
// as do the web APIs that functions see (webapi), the bundler (bundle) and the
// vocabulary (function).
package jsruntime
