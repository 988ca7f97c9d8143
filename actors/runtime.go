package actors

import (
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Runtime is what a runtime actor needs of an isolate; *jsruntime.Runtime is one. The
// actor calls it from one goroutine at a time.
type Runtime interface {
	// Invoke starts inv in fn and runs until it settles or first waits.
	Invoke(inv *function.Invocation, fn *bundle.Function, done jsruntime.Done) error
	// InvokeAll starts calls of one function, each as Invoke does. Those that it does not
	// start go back by RuntimeSpec.Unbegun.
	InvokeAll(calls []jsruntime.Call, fn *bundle.Function) error
	// Handle takes a posted event and runs what it woke.
	Handle(ev jsruntime.Event) error
	// CancelAll answers every invocation in flight with canceled.
	CancelAll(message string) error
	// CancelKept is CancelAll for those alone that are for messages of streams, and not
	// answered.
	CancelKept(message string) error
	// Said is what invocations in flight have said of messages, in turns that have ended. It
	// may be called from any goroutine, at any time.
	Said() map[*function.Invocation][]function.Verdict
	// Requests are the requests that invocations in flight wait for, where they wait for nothing
	// else: which of its requests each one is, from 1. It stays true of an invocation until one
	// of them has ended.
	Requests() map[*function.Invocation][]int
	// Inflight returns the number of invocations that have not settled, including
	// those answered whose ctx.waitUntil promises are pending.
	Inflight() int
	// Spent returns the time that turns took since it was last asked.
	Spent() time.Duration
	// Warm reports whether a context for this version of the function is loaded.
	Warm(name, version string) bool
	// Abandon empties a condemned runtime and gives up its answers.
	Abandon() []jsruntime.Abandoned
	// Close disposes of the isolate.
	Close() error
}

// NewRuntime makes the isolate that spec describes. It is called on the runtime's
// actor, and may block for as long as an isolate takes.
type NewRuntime func(spec RuntimeSpec) (Runtime, error)

// RuntimeSpec is what an isolate is made for.
type RuntimeSpec struct {
	// ID is the number of the runtime: from 0 for the shared ones, from
	// FirstDedicated for those of one function. An isolate that takes the place of a
	// lost one has the same.
	ID int
	// Post takes what the isolate posts to itself. It may be called from any
	// goroutine, at any time, also after the runtime is closed: events of an isolate
	// that is gone are dropped. It does not block.
	Post func(jsruntime.Event)
	// Stuck hears that a turn could not be stopped; see jsruntime.Config.Stuck. It may
	// be called from any goroutine, once for an isolate, and does not block on one.
	// The runtime is given up: the pool touches it again only when the call that it
	// is in returns, to close it.
	Stuck func(*jsruntime.CondemnedError)
	// Unbegun takes back the calls of the InvokeAll that goes on, from the first on that did
	// not begin and will not; see jsruntime.Config.Unbegun.
	Unbegun func(begun int)
	// Live reports whether a version of a function is served, so that its context is
	// kept; see jsruntime.Config.Live.
	Live func(name, version string) bool
	// Function is nil for a shared runtime; else the only function that it serves,
	// whose limits.heap and limits.buffers are the isolate's. Later versions run on
	// the same isolate as long as these two stay.
	Function *bundle.Function
}

var _ Runtime = (*jsruntime.Runtime)(nil)
