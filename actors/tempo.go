package actors

import (
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// Traced is a call that is part of a trace which is recorded: here, or, where the node makes
// no spans, as the caller says.
type Traced struct {
	// ID is the trace's, 32 digits in hexadecimal.
	ID string
	// Took is from when the node took the call on to its answer, At is when that was.
	Took time.Duration
	At   time.Time
}

// tempo is how long one function's calls took on this node.
type tempo struct {
	took latency.Histogram
	// traced has the last one noted of each bucket.
	traced [latency.Buckets]atomic.Pointer[Traced]
}

// traceEvery is which calls of a bucket are looked at for a trace, besides its first ones: a
// look goes through the headers.
const traceEvery = 64

// took counts a call that was accepted and is answered with res.
func (a *account) took(t *ticket, res *function.Result) {
	te := a.tempo.Load()
	if te == nil {
		a.tempo.CompareAndSwap(nil, new(tempo))
		te = a.tempo.Load()
	}
	d := res.Receipt.Queued + res.Receipt.Wall
	b, n := te.took.Observe(d)
	if n > 4 && n%traceEvery != 0 {
		return
	}
	id := t.inv.TraceID()
	if id == "" && !t.trace.IsValid() && len(t.inv.Header) > 0 { // this node makes no spans
		if from := span.Of(t.inv.Header); from.IsSampled() {
			id = from.TraceID().String()
		}
	}
	if id != "" {
		te.traced[b].Store(&Traced{ID: id, Took: d, At: t.received.Add(d)})
	}
}

// tempos is how long the calls took, and some that came with a trace; nil where there was
// no call.
func (a *account) tempos() (*latency.Counts, []Traced) {
	te := a.tempo.Load()
	if te == nil {
		return nil, nil
	}
	counts := te.took.Counts()
	var traces []Traced
	for i := range te.traced {
		if one := te.traced[i].Load(); one != nil {
			traces = append(traces, *one)
		}
	}
	return &counts, traces
}
