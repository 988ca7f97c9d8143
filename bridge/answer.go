package bridge

import (
	"errors"
	"log/slog"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/jsruntime/function"
)

// finish ends c with res and reports whether it did: the first caller for a call
// answers it, all others change nothing. Safe for concurrent use.
func (b *Bridge) finish(c *call, res *function.Result) bool {
	if !c.answered.CompareAndSwap(false, true) {
		b.counters.strayResults.Add(1)
		return false
	}
	r := makeReply(&c.inv, res, b.cfg.RetryAfter, b.deps.Conn.MaxPayload())
	if b.cfg.Receipts {
		r.attach(b.receiptOf(c, res), b.deps.Conn.MaxPayload())
	}
	b.counters.outcomes[r.outcome].Add(1)
	b.record(c, &r, res)
	if len(r.dropped) > 0 {
		b.reportDropped(c, r.dropped)
	}
	if r.outcome == function.TooLarge && res != nil && res.Outcome == function.OK {
		b.reportTooLarge(c)
	}
	if c.reply == "" {
		b.reportSilent(c, &r)
		b.calls.release(c)
	} else {
		b.outbox.put(c, r)
	}
	return true
}

// receiptOf is what the reply of c says of its run.
func (b *Bridge) receiptOf(c *call, res *function.Result) string {
	used := function.Receipt{Runtime: -1}
	if res != nil {
		used = res.Receipt
	}
	if used.Node == "" {
		used.Node = b.deps.Node
	}
	return receipt.Format(used, c.inv.TraceID())
}

// send hands the reply of c to the connection, and ends c.
func (b *Bridge) send(c *call, r *reply) {
	b.publish(c, r)
	// Last, so that an empty table means that every reply is with the connection.
	b.calls.release(c)
}

// publish hands the reply to the connection, once. While the connection is being
// made again the reply waits in its buffer (ConnectConfig.ReconnectBuffer).
func (b *Bridge) publish(c *call, r *reply) {
	var err error
	switch {
	case r.receipt != "":
		err = b.envelopes.publish(b.deps.Conn, c.reply, r)
	case len(r.header) == 0:
		err = b.deps.Conn.Publish(c.reply, r.body)
	default:
		err = b.deps.Conn.PublishMsg(&nats.Msg{Subject: c.reply, Header: r.header, Data: r.body})
	}
	if err == nil {
		return
	}
	b.counters.publishFailures.Add(1)
	if b.lines.spend() {
		b.log.Warn("reply lost", slog.String("advice", publishAdvice(err)),
			c.inv.LogAttr(), slog.String("function", c.inv.Function),
			slog.String("outcome", r.outcome.String()), slog.Any("error", err))
	}
}

// publishAdvice says what to do about a reply that could not be published.
func publishAdvice(err error) string {
	switch {
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return "the server is away and the buffer is full; raise the reconnect buffer, or bring the server back"
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining):
		return "the connection was closed before the bridge was drained"
	default:
		return "the connection did not take it"
	}
}

// reportSilent logs the failure of a message that nobody waits for: the log is
// the only place where it shows.
func (b *Bridge) reportSilent(c *call, r *reply) {
	if r.outcome == function.OK {
		return
	}
	b.counters.noReplyFailures.Add(1)
	if b.lines.spend() {
		b.log.Warn("a message without a reply subject failed",
			c.inv.LogAttr(), slog.String("function", c.inv.Function),
			slog.String("subject", Shorten(c.inv.Subject, 128)),
			slog.String("outcome", r.outcome.String()), slog.String("error", r.message))
	}
}

// reportTooLarge logs that a reply was larger than the server takes.
func (b *Bridge) reportTooLarge(c *call) {
	b.counters.tooLarge.Add(1)
	if b.lines.spend() {
		b.log.Warn("a reply was not sent, since it is larger than the server takes; its caller was told. Have the function return less, or raise the server's max_payload",
			slog.String("invocation", c.inv.ID), slog.String("function", c.inv.Function), slog.Int64("max_payload", b.deps.Conn.MaxPayload()))
	}
}

// reportDropped logs the headers that a function may not set.
func (b *Bridge) reportDropped(c *call, names []string) {
	b.counters.droppedHeaders.Add(uint64(len(names)))
	if b.lines.spend() {
		b.log.Warn("headers left out of a reply: not valid, or not a function's to set",
			c.inv.LogAttr(), slog.String("function", c.inv.Function),
			slog.String("headers", joinNames(names)))
	}
}
