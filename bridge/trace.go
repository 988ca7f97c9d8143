package bridge

import (
	"context"
	"log/slog"
	"strings"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// begin begins the span of a message, as a child of the one that it says it comes from. Where
// that, or the sampler, has it not recorded, what follows is told so.
func (b *Bridge) begin(c *call) {
	if b.deps.Tracer == nil {
		return
	}
	inv := &c.inv
	s := span.Begin(b.deps.Tracer, span.Of(inv.Header), "process "+destination(b.cfg.Prefix, inv), trace.SpanKindConsumer, inv.Received,
		attribute.String(span.System, span.NATS), attribute.String(span.Operation, "process"), attribute.String(span.Doing, "process"),
		attribute.String(span.Destination, Shorten(inv.Subject, 256)), attribute.String(span.Group, b.cfg.Queue),
		attribute.Int64(span.BodySize, c.size), attribute.String(span.Trigger, "pubsub"),
		attribute.String(span.Function, inv.Function), attribute.String(span.Invocation, inv.ID))
	if inv.Trace = s.SpanContext(); s.IsRecording() {
		c.span = s
	}
}

// destination is a message's subject as far as it tells functions apart: what comes behind
// may be anything, and names of spans are to be few.
func destination(prefix string, inv *function.Invocation) string {
	if inv.Function == "" {
		return prefix
	}
	return prefix + "." + inv.Function
}

// record ends the span of c, and notes in the log how it ended.
func (b *Bridge) record(c *call, r *reply, res *function.Result) {
	if c.span != nil {
		used := res
		if res == nil || res.Outcome != r.outcome { // the reply did not fit, or is none
			used = &function.Result{Outcome: r.outcome, Message: r.message}
			if res != nil {
				used.Receipt = res.Receipt
			}
		}
		span.Settle(c.span, used, attribute.Int("isolane.reply.size", len(r.body)))
	}
	if !b.log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		c.inv.LogAttr(), slog.String("function", c.inv.Function), slog.String("outcome", r.outcome.String()), slog.Int("bytes", len(r.body)),
	}
	if res != nil {
		attrs = append(attrs, slog.String("by", res.Receipt.Node), slog.Int("runtime", res.Receipt.Runtime),
			slog.Duration("queued", res.Receipt.Queued), slog.Duration("wall", res.Receipt.Wall), slog.Duration("cpu", res.Receipt.CPU))
	}
	b.log.LogAttrs(context.Background(), slog.LevelDebug, "message answered", attrs...)
}

// taken notes in the log that a message came.
func (b *Bridge) taken(c *call) {
	if b.log.Enabled(context.Background(), slog.LevelDebug) {
		b.log.LogAttrs(context.Background(), slog.LevelDebug, "message taken", c.inv.LogAttr(), slog.String("function", c.inv.Function),
			slog.String("subject", Shorten(c.inv.Subject, 128)), slog.Int64("bytes", c.size))
	}
}

// PassTrace has a message that an invocation sends carry the trace context of within, its
// span, or else the one that came in the message that it is about; unless there is one in
// header already.
func PassTrace(header nats.Header, within trace.SpanContext, came function.Header) {
	for name := range header {
		if strings.EqualFold(name, function.HeaderTraceParent) {
			return
		}
	}
	parent, state := span.Onward(within, came)
	if parent == "" {
		return
	}
	header[function.HeaderTraceParent] = []string{parent}
	if state != "" {
		header[function.HeaderTraceState] = []string{state}
	}
}
