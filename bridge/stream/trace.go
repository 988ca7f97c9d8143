package stream

import (
	"context"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// begin begins the span of a delivery, as a child of what its message says it comes from: each
// delivery of a message is in the same trace.
func (c *consumer) begin(d *delivery) {
	if t := c.t.deps.Tracer; t != nil {
		attrs := append(c.place(),
			attribute.String(span.Operation, "process"), attribute.String(span.Doing, "process"),
			attribute.String(span.Destination, bridge.Shorten(d.msg.Subject, 256)), attribute.Int64(span.BodySize, d.size),
			attribute.String(span.MessageID, d.inv.Header.Get(jsMsgID)), attribute.String(span.Invocation, d.inv.ID),
			attribute.Int64(span.Sequence, int64(d.meta.Sequence.Stream)), attribute.Int(span.Attempt, d.inv.Attempt)) //nolint:gosec // far below
		s := span.Begin(t, span.Of(d.inv.Header), "process "+c.trigger.Stream.Name, trace.SpanKindConsumer, d.inv.Received, attrs...)
		if d.inv.Trace = s.SpanContext(); s.IsRecording() {
			d.span = s
		}
	}
	if c.log.Enabled(context.Background(), slog.LevelDebug) {
		c.log.LogAttrs(context.Background(), slog.LevelDebug, "message of a stream taken", d.inv.LogAttr(),
			slog.Uint64("sequence", d.meta.Sequence.Stream), slog.Int("delivery", d.inv.Attempt))
	}
}

// jsMsgID is the header of a message's own id.
const jsMsgID = "Nats-Msg-Id"

// place is where the messages of c come from, and what is to run for them.
func (c *consumer) place() []attribute.KeyValue {
	return append(make([]attribute.KeyValue, 0, 16), attribute.String(span.System, span.NATS), attribute.String(span.Stream, c.trigger.Stream.Name),
		attribute.String(span.Group, c.t.cfg.Queue), attribute.String(span.Function, c.trigger.Function), attribute.String(span.Trigger, "pubsub"))
}

// settledWith notes what the last run of d came to.
func (c *consumer) settledWith(d *delivery, res *function.Result) {
	if d.span == nil {
		return
	}
	c.mu.Lock()
	d.res = res
	c.mu.Unlock()
}

// told notes how the server was told that d ended.
func (c *consumer) toldAs(d *delivery, word string) {
	if d.span == nil {
		return
	}
	c.mu.Lock()
	d.settled = word
	c.mu.Unlock()
}

// record ends the span of d, which is let go.
func (d *delivery) record() {
	if d.span == nil {
		return
	}
	settled := attribute.String(span.Settled, d.settled)
	if d.res == nil { // it was not run
		d.span.SetAttributes(settled)
		d.span.End()
		return
	}
	span.Settle(d.span, d.res, settled)
}

// beginBatch begins the span of the run of a batch: below the first of its messages that is
// recorded, with links to the others.
func (c *consumer) beginBatch(inv *function.Invocation, batch []*delivery) trace.Span {
	t := c.t.deps.Tracer
	if t == nil {
		return nil
	}
	for _, d := range batch {
		if inv.Trace = d.inv.Trace; inv.Trace.IsSampled() {
			break
		}
	}
	if !inv.Trace.IsSampled() {
		return nil // what it sends belongs to a trace that nobody records
	}
	s := span.Begin(t, inv.Trace, "process batch of "+c.trigger.Stream.Name, trace.SpanKindConsumer, time.Time{}, append(c.place(),
		attribute.String(span.Operation, "process"), attribute.String(span.Doing, "process"),
		attribute.Int(span.BatchCount, len(batch)), attribute.String(span.Invocation, inv.ID))...)
	for _, d := range batch {
		if of := d.inv.Trace; of.IsValid() && of.SpanID() != inv.Trace.SpanID() {
			s.AddLink(span.Link(of))
		}
	}
	inv.Trace = s.SpanContext()
	return s
}

// burying begins the span of a dead letter.
func (c *consumer) burying(d *delivery, letter *deadletter.Letter, decision ackpolicy.Decision) trace.Span {
	letter.Trace = d.inv.TraceID()
	if d.span == nil {
		return nil
	}
	return span.Begin(c.t.deps.Tracer, d.inv.Trace, "send "+letter.Box, trace.SpanKindProducer, time.Time{}, append(c.place(),
		attribute.String(span.Operation, "send"), attribute.String(span.Doing, "send"), attribute.String(span.Destination, letter.Box),
		attribute.String(span.Outcome, decision.Outcome.String()), attribute.String(span.Reason, bridge.OneLine(decision.Reason, 512)))...)
}
