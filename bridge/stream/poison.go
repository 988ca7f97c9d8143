package stream

import (
	"context"
	"log/slog"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/poison"
	"github.com/isolane/isolane/jsruntime/function"
)

// suspected reports whether res is of what was running when its isolate was lost.
func suspected(res *function.Result) bool { return res.Loss != nil && res.Loss.Suspect }

// sentence asks what the loss of an isolate says of d.
func sentence(d *delivery, res *function.Result, kills []poison.Kill) poison.Decision {
	return poison.Judge(poison.Case{
		Loss: res.Loss, Said: res.Verdict(d.at).Action, Shared: d.shared, Spared: d.spared, Kills: kills,
	})
}

// spares reports whether d had no part in the end of its isolate, and is to be run again at
// once: the server hears nothing of that, so that it is the same delivery, and no attempt is
// counted. What it waited before is no part of the new run's time.
func (c *consumer) spares(d *delivery, res *function.Result) bool {
	if res.Loss == nil || sentence(d, res, nil).Verdict != poison.Spare {
		return false
	}
	c.counts.spared.Add(1)
	c.log.Debug("a message is run again at once: another one ended its isolate", d.inv.LogAttr(),
		slog.Uint64("sequence", d.place()), slog.String("isolate", res.Loss.Isolate), slog.String("error", res.Loss.Cause))
	d.spared++
	d.repeats(d.inv.Received)
	inv := *d.inv
	inv.Received = c.t.deps.Clock()
	d.inv = &inv
	return true
}

// sparesSome is spares for a batch: it returns those that res is to settle, and those that are
// to be run again.
func (c *consumer) sparesSome(batch []*delivery, res *function.Result) (settled, spared []*delivery) {
	if res.Loss == nil {
		return batch, nil
	}
	for _, d := range batch {
		if !d.ended.Load() && c.spares(d, res) {
			spared = append(spared, d)
		} else {
			settled = append(settled, d)
		}
	}
	return settled, spared
}

// convict notes that d ended an isolate, where it did. It returns what d is to be buried with
// where that was one too many; known says that note is all there is.
func (c *consumer) convict(ctx context.Context, d *delivery, res *function.Result, note poison.Note, known bool) (*function.Result, ackpolicy.Decision) {
	d.kills = note.Kills
	if !suspected(res) {
		return nil, ackpolicy.Decision{}
	}
	switch p := sentence(d, res, note.Kills); p.Verdict {
	case poison.Condemn:
		c.counts.poisoned.Add(1)
		guilty := *res
		guilty.Outcome, guilty.Message = function.Crashed, p.Error
		return &guilty, ackpolicy.Decision{Verdict: ackpolicy.DeadLetter, Outcome: function.Crashed, Reason: p.Reason}
	case poison.Suspect:
		d.kills, note.Kills = p.Kills, p.Kills
		if known { // else what is noted would be lost
			c.note(ctx, d, note)
		}
	case poison.None, poison.Spare:
	}
	return nil, ackpolicy.Decision{}
}

// condemn buries d, which ended too many isolates, in its place.
func (s *sequencer) condemn(ctx context.Context, d *delivery, res *function.Result, decision ackpolicy.Decision) {
	if s.keyed != nil {
		s.keyed.bury(ctx, d, res, decision)
		return
	}
	s.bury(ctx, d, res, decision)
}
