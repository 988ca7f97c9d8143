// Package owner drives a jsruntime.Runtime as an actor does: one goroutine, a queue
// of invocations and events, and a new runtime where one is lost. The queue has no
// bound, since what is measured is the runtime and not a pool's way to shed load.
package owner
