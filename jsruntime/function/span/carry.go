package span

import (
	"strconv"

	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
)

// Of is the span that a message says it comes from; not valid where it says none, or one
// that breaks the specification.
func Of(h function.Header) trace.SpanContext {
	if len(h) == 0 {
		return trace.SpanContext{}
	}
	return Parse(h.TraceContext())
}

// Parse reads a traceparent and its tracestate; the result is not valid where parent is not.
// A state that is not valid is left out.
func Parse(parent, state string) trace.SpanContext {
	checked, state := function.Header{function.HeaderTraceParent: {parent}, function.HeaderTraceState: {state}}.TraceContext()
	if checked == "" {
		return trace.SpanContext{}
	}
	id, err := trace.TraceIDFromHex(parent[3:35])
	if err != nil {
		return trace.SpanContext{}
	}
	span, err := trace.SpanIDFromHex(parent[36:52])
	if err != nil {
		return trace.SpanContext{}
	}
	flags, err := strconv.ParseUint(parent[53:55], 16, 8)
	if err != nil {
		return trace.SpanContext{}
	}
	cfg := trace.SpanContextConfig{
		TraceID: id, SpanID: span, TraceFlags: trace.TraceFlags(flags) & trace.FlagsSampled, Remote: true,
	}
	if parsed, err := trace.ParseTraceState(state); err == nil {
		cfg.TraceState = parsed
	}
	return trace.NewSpanContext(cfg)
}

// Text is c as a traceparent and a tracestate, "" where c is not valid, or has no state.
func Text(c trace.SpanContext) (parent, state string) {
	if !c.IsValid() {
		return "", ""
	}
	return "00-" + c.TraceID().String() + "-" + c.SpanID().String() + "-" + (c.TraceFlags() & trace.FlagsSampled).String(), c.TraceState().String()
}

// Onward is what is passed on with all that an invocation sends: within is its span, where
// the node makes some, and header what its message came with, where it makes none.
func Onward(within trace.SpanContext, header function.Header) (parent, state string) {
	if within.IsValid() {
		return Text(within)
	}
	return header.TraceContext()
}
