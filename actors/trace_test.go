package actors

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// recorder is an exporter in memory.
func recorder(tb testing.TB) (trace.Tracer, *tracetest.SpanRecorder) {
	tb.Helper()
	r := tracetest.NewSpanRecorder()
	return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r)).Tracer("t"), r
}

// traced starts a pool that makes spans.
func (l *lab) traced(tb testing.TB, cfg Config) (*Pool, *tracetest.SpanRecorder) {
	tb.Helper()
	tracer, r := recorder(tb)
	p := l.start(tb, cfg)
	p.d.mu.Lock()
	p.d.tracer = tracer
	p.d.mu.Unlock()
	return p, r
}

func parented(name, flags string) *function.Invocation {
	inv := call(name)
	inv.Trace = span.Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"+flags, "v=1")
	return inv
}

func attr(s sdktrace.ReadOnlySpan, key attribute.Key) any {
	for _, a := range s.Attributes() {
		if a.Key == key {
			return a.Value.AsInterface()
		}
	}
	return nil
}

// The wait and the run of a call are children of its span, one after the other, and what the
// function does is part of the run.
func TestSpansOfACall(t *testing.T) {
	var within trace.SpanContext
	l := &lab{script: func(r run) error {
		within = r.inv.Trace
		r.done(&function.Result{Outcome: function.OK})
		return nil
	}}
	p, recorded := l.traced(t, l.config(1))
	deploy(t, p, fn("f", "v1"))
	inv := parented("f", "01")
	res := take(t, p, ask(t, p, inv))
	require.Equal(t, function.OK, res.Outcome)
	require.Equal(t, "v1", res.Receipt.Version)
	spans := recorded.Ended()
	require.Len(t, spans, 2)
	queue, ran := spans[0], spans[1]
	require.Equal(t, "queue f", queue.Name())
	require.Equal(t, "run f", ran.Name())
	for _, s := range spans {
		require.Equal(t, inv.Trace.TraceID(), s.SpanContext().TraceID())
		require.Equal(t, inv.Trace.SpanID(), s.Parent().SpanID())
		require.Equal(t, "v=1", s.SpanContext().TraceState().String())
	}
	require.Equal(t, queue.EndTime(), ran.StartTime())
	require.Equal(t, ran.SpanContext(), within)
	require.Equal(t, "ok", attr(ran, span.Outcome))
	require.Equal(t, "v1", attr(ran, span.Version))
	require.Equal(t, "n1", attr(ran, span.Node))
	require.Equal(t, "00f067aa0ba902b7", inv.Trace.SpanID().String(), "the caller's is not touched")
}

func TestNoSpansOfWhatIsNotSampled(t *testing.T) {
	l := &lab{script: func(r run) error {
		r.done(&function.Result{Outcome: function.OK})
		return nil
	}}
	p, recorded := l.traced(t, l.config(1))
	deploy(t, p, fn("f", "v1"))
	take(t, p, ask(t, p, parented("f", "00")))
	take(t, p, ask(t, p, call("f")))
	require.Empty(t, recorded.Ended())
}

// Each attempt has a wait and a run of its own, beside those of the one before.
func TestSpansOfAnotherAttempt(t *testing.T) {
	runs := 0
	l := &lab{script: func(r run) error {
		if r.inv.Function == "bad" {
			return condemn(r)
		}
		if runs++; runs == 1 {
			return nil // it waits
		}
		r.done(&function.Result{Outcome: function.OK})
		return nil
	}}
	p, recorded := l.traced(t, l.config(1))
	deploy(t, p, fn("f", "v1", idempotent))
	deploy(t, p, fn("bad", "v1"))
	waits := ask(t, p, parented("f", "01"))
	until(t, p, func(s Stats) bool { return s.Runtimes[0].Inflight == 1 })
	take(t, p, ask(t, p, call("bad")))
	res := take(t, p, waits)
	require.Equal(t, function.OK, res.Outcome, res.Message)
	require.Equal(t, 2, res.Receipt.Attempts)
	var names []string
	for _, s := range recorded.Ended() {
		names = append(names, s.Name())
		require.Equal(t, "00f067aa0ba902b7", s.Parent().SpanID().String())
	}
	require.Equal(t, []string{"queue f", "run f", "queue f", "run f"}, names)
	first, second := recorded.Ended()[1], recorded.Ended()[3]
	require.Contains(t, first.Status().Description, "run again")
	require.Equal(t, int64(2), attr(second, span.Attempt))
}

// What never starts has its wait, with what it was answered.
func TestSpanOfAWaitForNothing(t *testing.T) {
	hold := make(chan struct{})
	l := &lab{script: func(r run) error {
		<-hold
		r.done(&function.Result{Outcome: function.OK})
		return nil
	}}
	p, recorded := l.traced(t, l.config(1))
	deploy(t, p, fn("f", "v1"))
	first := ask(t, p, call("f"))
	until(t, p, func(s Stats) bool { return s.Queue == 0 && s.Pending == 1 })
	second := ask(t, p, parented("f", "01"))
	until(t, p, func(s Stats) bool { return s.Queue == 1 })
	p.d.cutOff("the end")
	require.Equal(t, function.Canceled, take(t, p, second).Outcome)
	close(hold)
	take(t, p, first)
	i := slices.IndexFunc(recorded.Ended(), func(s sdktrace.ReadOnlySpan) bool { return s.Name() == "queue f" })
	require.GreaterOrEqual(t, i, 0)
	require.Equal(t, "canceled", attr(recorded.Ended()[i], span.Outcome))
	require.Len(t, recorded.Ended(), 1)
}

// A call that was begun with others and given back has waited on: its spans are those of the
// attempt that runs.
func TestSpansOfWhatIsGivenBack(t *testing.T) {
	tracer, recorded := recorder(t)
	l := &lab{}
	d := newDispatcher(l.config(1), systemClock{})
	d.tracer = tracer
	f := fn("f", "v1")
	deployed := &record{name: "f"}
	inv := parented("f", "01")
	one := newTicket(inv, func(*function.Result) {}, deployed, f, inv.Received)
	one.fn = f
	d.started(one, inv.Received)
	require.NotEqual(t, inv.Trace, one.inv.Trace)
	one.unstarted()
	require.Same(t, inv, one.inv)
	require.Empty(t, recorded.Ended())
	d.started(one, inv.Received)
	d.ended(one, &function.Result{Outcome: function.OK}, false)
	require.Len(t, recorded.Ended(), 2)
}
