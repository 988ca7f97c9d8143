package actors

import (
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// The states of a ticket: it leaves open once, by compare-and-swap.
const (
	ticketOpen uint32 = iota
	ticketSettled
	// ticketMoved: the isolate died, and another ticket carries the invocation on.
	ticketMoved
)

// ticket is one accepted invocation on one attempt. Its state makes the answer
// exactly-once; its other fields are guarded by dispatcher.mu until it is handed to
// a runtime actor, and are read-only from then on.
type ticket struct {
	inv  *function.Invocation
	done func(*function.Result)
	rec  *record
	// fn is the version it runs on: nil until it first starts.
	fn       *bundle.Function
	received time.Time
	// entered is when it came here, or was put back: the queueing delay begins then.
	entered time.Time
	// hopped: it came from another node, and is not handed on.
	hopped bool
	// deadline is the earlier of the caller's and received plus the function's wall
	// limit; zero where there is neither.
	deadline time.Time
	// queued is the time from received to the start of this attempt.
	queued time.Duration
	// runs counts the starts on this node, this attempt's included.
	runs int
	// runtime is where it runs, or -1.
	runtime int
	// to is the runtime that it waits for, where the policy says which.
	to *slot
	// trace is the span that the invocation came with. inv.Trace is the attempt's own, once it
	// has started.
	trace trace.SpanContext
	// spans are recorded of this attempt, from its start; nil where none are.
	spans *attempt
	// charged is what its function was charged for it when it started.
	charged time.Duration
	// knots counts its calls that were refused since they would have waited for themselves. It is
	// guarded by dispatcher.mu at all times.
	knots int
	// seq orders the queue: smaller is older.
	seq   int64
	links [chains]links

	state atomic.Uint32
	// returned is set by the first done of this attempt, or when its isolate died.
	returned atomic.Bool
}

func newTicket(inv *function.Invocation, done func(*function.Result), rec *record, fn *bundle.Function, now time.Time) *ticket {
	t := &ticket{inv: inv, done: done, rec: rec, received: inv.Received, entered: now, deadline: inv.Deadline, trace: inv.Trace, runtime: -1}
	if t.received.IsZero() {
		t.received = now
	}
	if wall := fn.Manifest.Limits.Wall; wall > 0 {
		if end := t.received.Add(wall); t.deadline.IsZero() || end.Before(t.deadline) {
			t.deadline = end
		}
	}
	return t
}

// again returns a ticket for another attempt, on the same version.
func (t *ticket) again(now time.Time) *ticket {
	inv := *t.inv
	inv.Trace, inv.Again = t.trace, true
	if !inv.Kept { // else it counts deliveries, and this is none
		inv.Attempt = max(inv.Attempt, 1) + 1
	}
	return &ticket{
		inv: &inv, done: t.done, rec: t.rec, fn: t.fn, hopped: t.hopped,
		received: t.received, entered: now, deadline: t.deadline, trace: t.trace, runs: t.runs, runtime: -1,
	}
}

// version returns the version that the ticket runs on, or would if it started now;
// nil where the function was removed. Another attempt keeps its version, unless the
// function has moved to other isolates since: there is no runtime for the old version
// then, so it takes the current one.
func (t *ticket) version() *bundle.Function {
	current := t.rec.versionFor(t.inv.ID)
	if t.fn == nil || (current != nil && !sameIsolates(current, t.fn)) {
		return current
	}
	return t.fn
}

func (t *ticket) expired(now time.Time) bool {
	return !t.deadline.IsZero() && !now.Before(t.deadline)
}

// answer is a result that is decided under the dispatcher's lock and given outside.
type answer struct {
	t   *ticket
	res *function.Result
}

// mayRunAgain decides whether an invocation whose isolate died under it, by no fault
// of its own, is run again.
func mayRunAgain(idempotent bool, runs, maxAttempts int) bool {
	return idempotent && runs < maxAttempts
}
