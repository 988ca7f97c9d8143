package actors

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// attempt is what is recorded of one attempt: its wait, and its run, which is what the
// function's own operations are part of.
type attempt struct {
	wait, run trace.Span
	// began is when the wait was over.
	began time.Time
	// asked is the invocation as it came; the ticket's is within run.
	asked *function.Invocation
}

// started begins the spans of an attempt. The caller holds mu, so that whoever answers t sees
// them.
func (d *dispatcher) started(t *ticket, now time.Time) {
	if !span.Recorded(d.tracer, t.trace) {
		return
	}
	a := &attempt{asked: t.inv, began: now, wait: d.waiting(t, now)}
	a.run = span.Begin(d.tracer, t.trace, "run "+t.rec.name, trace.SpanKindInternal, now,
		attribute.String(span.Function, t.rec.name), attribute.String(span.Invocation, t.inv.ID), attribute.String(span.Version, t.fn.Version),
		attribute.String(span.Node, d.cfg.Node), attribute.Int(span.Runtime, t.runtime), attribute.Int(span.Attempt, t.inv.Attempt))
	inv := *t.inv
	inv.Trace = a.run.SpanContext()
	t.inv, t.spans = &inv, a
}

// unstarted takes back that t was started: it waits on. The caller holds mu.
func (t *ticket) unstarted() {
	if t.spans != nil {
		t.inv, t.spans = t.spans.asked, nil
	}
}

// waiting begins the span of the wait of t.
func (d *dispatcher) waiting(t *ticket, now time.Time) trace.Span {
	return span.Begin(d.tracer, t.trace, "queue "+t.rec.name, trace.SpanKindInternal, t.entered,
		attribute.String(span.Function, t.rec.name), attribute.String(span.Invocation, t.inv.ID),
		attribute.String(span.Node, d.cfg.Node), attribute.Float64(span.Queued, now.Sub(t.entered).Seconds()))
}

// moved ends the spans of an attempt that another one follows.
func (t *ticket) moved(why string) {
	if t.spans == nil {
		return
	}
	t.spans.wait.End(trace.WithTimestamp(t.spans.began))
	run := t.spans.run
	run.SetStatus(codes.Error, "the isolate died, and it is run again: "+why)
	run.SetAttributes(attribute.String(span.ErrorType, function.Crashed.String()))
	run.End()
}

// ended ends the spans of the last attempt of t, or that of its wait where there was none.
// What another node ran has its spans there.
func (d *dispatcher) ended(t *ticket, res *function.Result, abroad bool) {
	switch {
	case t.spans != nil:
		t.spans.wait.End(trace.WithTimestamp(t.spans.began))
		span.Settle(t.spans.run, res)
	case !abroad && span.Recorded(d.tracer, t.trace):
		span.Settle(d.waiting(t, d.clock.Now()), res)
	}
}

// logStart notes in the log that tickets are run.
func (a *runtimeActor) logStart(volley []*ticket) {
	if !a.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	for _, t := range volley {
		a.log.LogAttrs(context.Background(), slog.LevelDebug, "invocation started", t.inv.LogAttr(),
			slog.String("function", t.rec.name), slog.String("version", t.fn.Version), slog.Int("runtime", a.slot.id),
			slog.Int("attempt", t.inv.Attempt), slog.Duration("queued", t.queued))
	}
}
