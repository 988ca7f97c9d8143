package span

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
)

// Tracer makes spans. Nil makes none.
type Tracer = trace.Tracer

// Recorded reports whether children of parent are to be made at all. It costs next to
// nothing, and is to be asked before their attributes are put together.
func Recorded(t Tracer, parent trace.SpanContext) bool { return t != nil && parent.IsSampled() }

// Begin begins a span below parent, or a trace of its own where parent is not valid. t must
// not be nil. A zero at is now.
func Begin(t Tracer, parent trace.SpanContext, name string, kind trace.SpanKind, at time.Time, attrs ...attribute.KeyValue) trace.Span {
	ctx := context.Background()
	if parent.IsValid() {
		ctx = trace.ContextWithSpanContext(ctx, parent)
	}
	options := []trace.SpanStartOption{trace.WithSpanKind(kind), trace.WithAttributes(attrs...)}
	if !at.IsZero() {
		options = append(options, trace.WithTimestamp(at))
	}
	_, s := t.Start(ctx, name, options...)
	return s
}

// Link names another trace's span, or another span of this one.
func Link(to trace.SpanContext) trace.Link { return trace.Link{SpanContext: to} }

// Fail ends s as one that failed with err; nil err ends it as one that did not.
func Fail(s trace.Span, err error) {
	if err != nil {
		s.SetStatus(codes.Error, err.Error())
		s.SetAttributes(attribute.String(ErrorType, errorType(err)))
	}
	s.End()
}

// Settle ends s with the result of the invocation that it is about. A nil res is a fault of
// whoever ran it.
func Settle(s trace.Span, res *function.Result, attrs ...attribute.KeyValue) {
	outcome, message := function.Crashed, "no result"
	if res != nil {
		outcome, message = res.Outcome, res.Message
		attrs = append(attrs, Receipt(res.Receipt)...)
	}
	s.SetAttributes(append(attrs, attribute.String(Outcome, outcome.String()))...)
	if outcome != function.OK {
		s.SetAttributes(attribute.String(ErrorType, outcome.String()))
		s.SetStatus(codes.Error, shorten(message))
	}
	if res != nil && res.Outcome == function.Exception {
		s.AddEvent("exception", trace.WithAttributes(
			attribute.String("exception.message", shorten(res.Message)), attribute.String("exception.stacktrace", shorten(res.Stack))))
	}
	s.End()
}

// maxText bounds a text of a span, in bytes.
const maxText = 4 << 10

func shorten(text string) string { return text[:min(len(text), maxText)] }
