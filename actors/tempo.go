package actors

import (
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/jsruntime/function"
)

// Traced is a call that came with a trace.
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
	if len(t.inv.Header) == 0 || n > 4 && n%traceEvery != 0 {
		return
	}
	if parent, _ := t.inv.Header.TraceContext(); parent != "" {
		te.traced[b].Store(&Traced{ID: function.TraceID(parent), Took: d, At: t.received.Add(d)})
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
