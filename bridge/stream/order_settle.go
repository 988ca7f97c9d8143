package stream

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/jsruntime/function"
)

// conclude settles d, which has run: the next of its key starts only when the server has
// confirmed that. What is to run again does so here, so that nothing overtakes it.
func (s *sequencer) conclude(ctx context.Context, d *delivery, res *function.Result) {
	if s.c.replies(d, res) {
		res = s.reply(ctx, d, res)
	}
	s.settle(ctx, d, res)
}

// settle does what the policy says of d.
func (s *sequencer) settle(ctx context.Context, d *delivery, res *function.Result) {
	c := s.c
	res = ruled(d, res)
	if suspected(res) {
		note, known := c.noted(ctx, d)
		if guilty, verdict := c.convict(ctx, d, res, note, known); guilty != nil {
			s.condemn(ctx, d, guilty, verdict)
			return
		}
	}
	decision, known := s.decide(ctx, d, res)
	if s.keyed != nil && known && decision.Verdict == ackpolicy.DeadLetter {
		s.keyed.bury(ctx, d, res, decision)
		return
	}
	switch decision.Verdict {
	case ackpolicy.Ack:
		c.toldAs(d, "ack")
		s.confirm(ctx, d, func(o nats.AckOpt) error { return d.msg.Ack(o) })
	case ackpolicy.Nak:
		s.again(ctx, d, res, decision)
	case ackpolicy.DeadLetter:
		if !known {
			s.kept(ctx, d, res)
			return
		}
		s.bury(ctx, d, res, decision)
	case ackpolicy.Run, ackpolicy.Leave, ackpolicy.Progress: // never said of one that has run
	}
}

// bury files d as a dead letter, and the next of its key may start.
func (s *sequencer) bury(ctx context.Context, d *delivery, res *function.Result, decision ackpolicy.Decision) {
	if !s.c.file(ctx, d, res, decision) {
		s.kept(ctx, d, res)
		return
	}
	s.c.toldAs(d, "term")
	s.confirm(ctx, d, func(o nats.AckOpt) error { return d.msg.Term(o) })
}

// kept does not give d up, which could not be buried: it runs again, and nothing overtakes it.
func (s *sequencer) kept(ctx context.Context, d *delivery, res *function.Result) {
	s.again(ctx, d, res, ackpolicy.Decision{Verdict: ackpolicy.Nak, Delay: s.c.notKept(d), Forgive: true})
}

// decide asks the policy. known says that the deliveries that do not count are known.
func (s *sequencer) decide(ctx context.Context, d *delivery, res *function.Result) (decision ackpolicy.Decision, known bool) {
	if decision = s.c.decide(d, res, d.forgiven); decision.Verdict != ackpolicy.DeadLetter {
		return decision, true
	}
	note, known := s.c.noted(ctx, d)
	return s.c.decide(d, res, note.Forgiven+d.forgiven), known
}

// reply publishes what the function returned, where that is confirmed within the turn.
func (s *sequencer) reply(ctx context.Context, d *delivery, res *function.Result) *function.Result {
	msg, failure := s.c.replyMessage(d, res)
	if failure != nil {
		return failure
	}
	if err := s.c.publishReply(ctx, msg); err != nil {
		return unreplied(msg.Subject, err)
	}
	return res
}

// confirm tells the server how d ended, again and again until it says that it knows, or
// the lease is lost.
func (s *sequencer) confirm(ctx context.Context, d *delivery, say func(nats.AckOpt) error) {
	c := s.c
	defer c.release(d)
	for {
		asking, cancel := context.WithTimeout(ctx, c.t.cfg.Patience)
		err := say(nats.Context(asking))
		cancel()
		if err == nil {
			s.mu.Lock()
			s.lanes.done(d)
			s.mu.Unlock()
			return
		}
		c.counts.untold.Add(1)
		if pause(ctx, c.t.cfg.Retry); ctx.Err() != nil {
			_ = d.msg.Ack() // it may reach the server yet, and spare a run
			return
		}
	}
}

// again has d run once more after its back-off, in its place.
func (s *sequencer) again(ctx context.Context, d *delivery, res *function.Result, decision ackpolicy.Decision) {
	c := s.c
	c.counts.naks.Add(1)
	c.logAgain(d, res, decision.Delay)
	if !s.pause(ctx, decision.Delay) || c.wasCut() {
		c.giveBack([]*delivery{d}) //nolint:contextcheck // ctx has ended by then
		return
	}
	d.repeats(d.inv.Received)
	inv := *d.inv
	inv.Attempt++
	d.inv = &inv
	if decision.Forgive {
		d.forgiven++
	}
	s.rerun(d) //nolint:contextcheck // a run has a context of its own
}

// rerun starts d once more in its place, within its turn.
func (s *sequencer) rerun(d *delivery) {
	cut := s.c.wasCut()
	s.mu.Lock()
	closed := s.closed || cut
	if !closed {
		s.running++ // before the turn takes its own away
	}
	s.mu.Unlock()
	if closed {
		s.c.tell(d, "nak", func() error { return d.msg.Nak() })
		return
	}
	s.start(d)
}

// pause waits for d, and reports whether d may go on here then.
func (s *sequencer) pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-s.closing:
		return false
	default:
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-s.closing:
	case <-ctx.Done():
	}
	return false
}
