package stream

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/poison"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// settle ends d with res: the first caller does, all others change nothing.
func (c *consumer) settle(d *delivery, res *function.Result) {
	if !d.ended.CompareAndSwap(false, true) {
		return
	}
	res = sound(res)
	if c.spares(d, res) && c.reopen(d) {
		c.submit(d)
		return
	}
	c.settledWith(d, res)
	c.mu.Lock()
	c.window.done(res.Receipt.Queued, res.Outcome == function.Overloaded, len(c.held))
	c.mu.Unlock()
	c.keep(d, res)
	if c.replies(d, res) {
		c.replyAndSettle(d, res)
		return
	}
	c.counts.outcomes[res.Outcome].Add(1)
	c.conclude(d, res)
}

// sound is res, or stands for one that says nothing.
func sound(res *function.Result) *function.Result {
	if res == nil || !res.Outcome.Valid() {
		return function.Failure(function.Crashed, "the invocation ended without an outcome")
	}
	return res
}

// ruled is res as it counts for d: what the function said of d goes before the outcome.
func ruled(d *delivery, res *function.Result) *function.Result {
	switch v := res.Verdict(d.at); v.Action {
	case function.SaidAck:
		return &function.Result{Outcome: function.OK}
	case function.SaidReject:
		d.shared = false // it is for what it is itself
		return function.Failure(function.BadRequest, "rejected by the function: "+v.Reason)
	case function.Unsaid, function.SaidRetry: // the policy knows of the latter
	}
	return res
}

// conclude does what the policy says of d, which has run and replied.
func (c *consumer) conclude(d *delivery, res *function.Result) {
	res = ruled(d, res)
	if suspected(res) {
		c.outlast(d, res, ran)
		return
	}
	switch decision := c.decide(d, res, 0); {
	case decision.Verdict == ackpolicy.Ack:
		c.ack(d)
	case decision.Verdict == ackpolicy.Nak && !decision.Forgive:
		c.nak(d, res, decision.Delay)
	default:
		c.outlast(d, res, ran)
	}
}

// decide asks the policy about a message that has run.
func (c *consumer) decide(d *delivery, res *function.Result, forgiven int) ackpolicy.Decision {
	of := ackpolicy.Delivery{
		Outcome: res.Outcome, Deliveries: d.inv.Attempt, Forgiven: forgiven, RetryAfter: res.RetryAfter, Shared: d.shared, Suspect: suspected(res),
	}
	if v := res.Verdict(d.at); v.Action == function.SaidRetry {
		of.Asked, of.RetryAfter = true, v.Delay
	}
	return c.policy.Settle(of, c.t.deps.Random)
}

// moment is when a decision is made about a message.
type moment bool

const (
	arrived moment = false
	ran     moment = true
)

// outlast settles in a goroutine of its own what has to wait for the server: what is to
// be noted, and what is to become a dead letter. d is told of meanwhile.
func (c *consumer) outlast(d *delivery, res *function.Result, when moment) {
	c.slow.Go(func() {
		ctx, cancel := c.patient(3 * c.t.cfg.Patience)
		defer cancel()
		c.settleSlowly(ctx, d, res, when)
	})
}

// noted is what is remembered of d, as far as that can be known.
func (c *consumer) noted(ctx context.Context, d *delivery) (note poison.Note, known bool) {
	// Each epoch of a keyed function counts the deliveries anew.
	if d.meta.NumDelivered <= 1 && !c.trigger.Keyed {
		return poison.Note{Kills: d.kills}, true
	}
	note, err := c.t.notes.read(ctx, d.inv.ID)
	if err != nil {
		c.log.Warn("it cannot be read which deliveries of a message do not count, and which isolates it ended", d.inv.LogAttr(), slog.Any("error", err))
	}
	if len(note.Kills) < len(d.kills) {
		note.Kills = d.kills
	}
	return note, err == nil
}

func (c *consumer) settleSlowly(ctx context.Context, d *delivery, res *function.Result, when moment) {
	note, known := c.noted(ctx, d)
	if when == ran {
		if guilty, verdict := c.convict(ctx, d, res, note, known); guilty != nil {
			c.bury(ctx, d, guilty, verdict)
			return
		}
		note.Kills = d.kills
	}
	forgiven := note.Forgiven
	var decision ackpolicy.Decision
	if when == arrived && res.Outcome == function.Crashed {
		decision = c.policy.Arrive(ackpolicy.Delivery{Deliveries: d.inv.Attempt, Forgiven: forgiven})
	} else if when == arrived {
		decision = ackpolicy.Decision{Verdict: ackpolicy.DeadLetter, Outcome: res.Outcome, Reason: res.Message}
	} else {
		decision = c.decide(d, res, forgiven)
	}
	switch {
	case decision.Verdict == ackpolicy.Run:
		if c.reopen(d) {
			c.submit(d) //nolint:contextcheck // its run outlives ctx, which is this goroutine's
			return
		}
		c.tell(d, "nak", func() error { return d.msg.Nak() })
	case decision.Verdict == ackpolicy.Nak:
		if decision.Forgive && known {
			note.Forgiven++
			c.note(ctx, d, note)
		}
		c.nak(d, res, decision.Delay)
	case !known && d.inv.Attempt > 1 && decision.Outcome != function.Timeout:
		// It may have tries left: in doubt it is not given up.
		c.nak(d, res, c.notKept(d))
	default:
		c.bury(ctx, d, res, decision)
	}
}

func (c *consumer) notKept(d *delivery) time.Duration {
	return c.policy.NotKept(ackpolicy.Delivery{Deliveries: d.inv.Attempt}, c.t.deps.Random).Delay
}

// note has what is to be remembered of d stored.
func (c *consumer) note(ctx context.Context, d *delivery, note poison.Note) {
	if err := c.t.notes.write(ctx, d.inv.ID, note); err != nil {
		c.log.Warn("it cannot be noted that a delivery does not count, or that it ended an isolate: so it counts, and does not", d.inv.LogAttr(), slog.Any("error", err))
	}
}

// bury files d as a dead letter, and gives it up when that is confirmed.
func (c *consumer) bury(ctx context.Context, d *delivery, res *function.Result, decision ackpolicy.Decision) {
	if c.file(ctx, d, res, decision) {
		c.tell(d, "term", func() error { return d.msg.Term() })
		return
	}
	c.tell(d, "nak", func() error { return d.msg.NakWithDelay(c.notKept(d)) })
}

// file files d as a dead letter, and reports whether that is confirmed.
func (c *consumer) file(ctx context.Context, d *delivery, res *function.Result, decision ackpolicy.Decision) bool {
	letter := &deadletter.Letter{
		Box: c.trigger.Stream.DeadLetter, Function: c.trigger.Function, Version: *c.version.Load(),
		Outcome: decision.Outcome, Error: res.Message, Location: res.Location, Stack: res.Stack,
		Reason: decision.Reason, Attempts: d.inv.Attempt, Invocation: d.inv.ID, Node: c.t.deps.Node,
		Stream: d.meta.Stream, Sequence: d.meta.Sequence.Stream, Stored: d.meta.Timestamp,
		Subject: d.msg.Subject, Header: function.Header(d.msg.Header), Payload: d.msg.Data, Receipt: res.Receipt,
	}
	switch named := c.named(ctx, d); {
	case named && d.alarm != nil:
		letter.Record = d.inv.ID
	case named:
		letter.Record = letter.Stream + ":" + strconv.FormatUint(letter.Sequence, 10)
	}
	s := c.burying(d, letter, decision)
	err := c.t.box.Put(ctx, letter)
	if s != nil {
		span.Fail(s, err)
	}
	if err != nil {
		c.counts.unburied.Add(1)
		c.log.Error("a dead letter cannot be stored; its message is kept and delivered again", slog.String("advice", boxAdvice(err)),
			d.inv.LogAttr(), slog.Uint64("sequence", letter.Sequence), slog.String("subject", letter.Box), slog.Any("error", err))
		return false
	}
	c.counts.deadLetters.Add(1)
	c.log.Warn("a message is a dead letter now; see isolane dlq ls",
		d.inv.LogAttr(), slog.Uint64("sequence", letter.Sequence), slog.String("outcome", letter.Outcome.String()),
		slog.String("reason", letter.Reason), slog.String("error", bridge.OneLine(res.Message, 512)))
	return true
}

// boxAdvice says what to do about a dead letter that could not be stored.
func boxAdvice(err error) string {
	switch {
	case errors.Is(err, deadletter.ErrTooLarge):
		return "raise the server's max_payload by some KiB"
	case bridge.NoRoom(err):
		return "the storage or the stream of dead letters is full: isolane dlq redrive or drop what it has, or give it more room"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer: is the server there, and may this user publish to the subject?"
	default:
		return "look at the stream ISOLANE_DLQ (nats stream info ISOLANE_DLQ)"
	}
}

func (c *consumer) ack(d *delivery) { c.tell(d, "ack", func() error { return d.msg.Ack() }) }

func (c *consumer) nak(d *delivery, res *function.Result, wait time.Duration) {
	c.logAgain(d, res, wait)
	if wait <= 0 {
		c.tell(d, "nak", func() error { return d.msg.Nak() })
		return
	}
	c.tell(d, "nak", func() error { return d.msg.NakWithDelay(wait) })
}

// logAgain counts and logs that d is to be run again.
func (c *consumer) logAgain(d *delivery, res *function.Result, wait time.Duration) {
	c.counts.naks.Add(1)
	if res.Verdict(d.at).Action == function.SaidRetry {
		c.log.Debug("the function asked for a message again", d.inv.LogAttr(), slog.Duration("wait", wait))
		return
	}
	if c.t.lines.Allow() {
		c.log.Warn("a message failed and is delivered again", d.inv.LogAttr(),
			slog.Uint64("sequence", d.meta.Sequence.Stream), slog.Int("delivery", d.inv.Attempt), slog.Duration("wait", wait),
			slog.String("outcome", res.Outcome.String()), slog.String("error", bridge.OneLine(res.Message, 512)))
	}
}

// tell tells the server how d ended, and lets it go. What is lost on the way is
// delivered again after the ack wait.
func (c *consumer) tell(d *delivery, word string, say func() error) {
	c.toldAs(d, word)
	if err := say(); err != nil {
		c.counts.untold.Add(1)
		c.log.Warn("the server was not told how a message ended; it will deliver it again", slog.String("word", word),
			d.inv.LogAttr(), slog.Any("error", err))
	}
	c.release(d)
}
