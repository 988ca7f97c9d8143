package actors

import (
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Runtime is what a runtime actor needs of an isolate; *jsruntime.Runtime is one. The
// actor calls it from one goroutine at a time.
type Runtime interface {
	// Invoke starts inv in fn and runs until it settles or first waits.
	Invoke(inv *function.Invocation, fn *bundle.Function, done jsruntime.Done) error
	// Handle takes a posted event and runs what it woke.
	Handle(ev jsruntime.Event) error
	// CancelAll answers every invocation in flight with canceled.
	CancelAll(message string) error
	// Inflight returns the number of invocations that have not settled, including
	// those answered whose ctx.waitUntil promises are pending.
	Inflight() int
	// Warm reports whether a context for this version of the function is loaded.
	Warm(name, version string) bool
	// Abandon empties a condemned runtime and gives up its answers.
	Abandon() []jsruntime.Abandoned
	// Close disposes of the isolate.
	Close() error
}

// NewRuntime makes the isolate of runtime number id. post may be called from any
// goroutine, at any time, also after the runtime is closed: events of an isolate
// that is gone are dropped.
type NewRuntime func(id int, post func(jsruntime.Event)) (Runtime, error)

var _ Runtime = (*jsruntime.Runtime)(nil)
