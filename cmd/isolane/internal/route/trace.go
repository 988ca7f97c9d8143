package route

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// trip is an invocation on its way to another member.
type trip struct {
	r *Router
	// inv is as it travels: within the trip's span, where there is one.
	inv *function.Invocation
	// span is nil where none is recorded.
	span trace.Span
}

// depart begins the trip of inv. verb is spill or ask.
func (r *Router) depart(verb string, inv *function.Invocation) trip {
	t := trip{r: r, inv: inv}
	if span.Recorded(r.cfg.Tracer, inv.Trace) {
		t.span = span.Begin(r.cfg.Tracer, inv.Trace, verb+" "+inv.Function, trace.SpanKindClient, time.Time{},
			attribute.String(span.Function, inv.Function), attribute.String(span.Invocation, inv.ID))
		within := *inv
		within.Trace = t.span.SpanContext()
		t.inv = &within
	}
	return t
}

// left notes that a peer has taken it.
func (t trip) left() { t.r.note("invocation handed to a peer", t.inv) }

// stayed ends a trip that nobody was there for.
func (t trip) stayed(why string) {
	if t.span != nil {
		t.span.SetAttributes(attribute.Bool("isolane.taken", false), attribute.String(span.Reason, why))
		t.span.End()
	}
	t.r.note("invocation stays here", t.inv, slog.String("reason", why))
}

// back ends a trip that was answered with res, or failed with err.
func (t trip) back(res *function.Result, err error) {
	attrs := []slog.Attr{}
	switch {
	case err != nil:
		attrs = append(attrs, slog.Any("error", err))
	case res != nil:
		attrs = append(attrs, slog.String("by", res.Receipt.Node), slog.String("outcome", res.Outcome.String()))
	}
	t.r.note("a peer answered", t.inv, attrs...)
	switch {
	case t.span == nil:
	case err != nil:
		span.Fail(t.span, err)
	default:
		span.Settle(t.span, res)
	}
}

// arrive begins the span of what a peer handed on, as a child of the peer's. What follows here
// is part of it.
func (r *Router) arrive(inv *function.Invocation) trace.Span {
	var s trace.Span
	if span.Recorded(r.cfg.Tracer, inv.Trace) {
		s = span.Begin(r.cfg.Tracer, inv.Trace, "serve "+inv.Function, trace.SpanKindServer, time.Time{},
			attribute.String(span.Function, inv.Function), attribute.String(span.Invocation, inv.ID))
		inv.Trace = s.SpanContext()
	}
	r.note("invocation taken from a peer", inv)
	return s
}

// note notes in the log where inv went.
func (r *Router) note(what string, inv *function.Invocation, attrs ...slog.Attr) {
	if r.cfg.Logger.Enabled(context.Background(), slog.LevelDebug) {
		//nolint:sloglint // one of the four texts above
		r.cfg.Logger.LogAttrs(context.Background(), slog.LevelDebug, what, append(attrs, inv.LogAttr(), slog.String("function", inv.Function))...)
	}
}
