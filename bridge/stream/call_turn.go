package stream

import (
	"context"
	"log/slog"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/jsruntime/function"
)

// startCall has c run, whose turn has come. It does not block.
func (k *keyed) startCall(c *called) {
	t := &Turn{
		Invocation: c.inv, Key: c.inv.Keyed.ID, Stream: k.stream, Epoch: k.epoch, Contested: k.contested,
		Revision: k.marks.get(c.inv.Keyed.ID), Counted: 1, held: func() bool { return k.lease.Held() },
	}
	ctx, cancel := k.s.within(maxTenure)
	k.c.runner.runCall(ctx, t, func(a *Answer) {
		cancel()
		k.s.turn(func(ctx context.Context) { k.settledCall(ctx, c, a) })
	})
}

// settledCall answers c, whose turn has ended with a, and lets the next of its key run.
func (k *keyed) settledCall(ctx context.Context, c *called, a *Answer) {
	k.marks.set(c.inv.Keyed.ID, a.Revision)
	if a.Revision > 0 {
		k.alarms.saw(c.inv.Keyed.ID, a.Alarm)
	}
	switch a.End {
	case Fenced:
		k.quit(errFenced)
	case Applied:
		k.c.counts.applied.Add(1)
	case Committed, Failed, Spent, Dropped:
	}
	switch {
	case a.sign != call.None:
		k.calls.word(c, a.sign)
	case a.Result == nil: // it did not run, and another member is to run it
		k.calls.moved(c)
	default:
		k.c.keepCall(c, a.Result) //nolint:contextcheck // a record outlives the turn
		k.answerCall(ctx, c, a.Result)
	}
	k.s.mu.Lock()
	k.s.lanes.done(c)
	k.s.mu.Unlock()
}

// answerCall answers c with res.
func (k *keyed) answerCall(ctx context.Context, c *called, res *function.Result) {
	k.calls.answer(c, res)
	if res.Outcome != function.OK {
		k.c.log.LogAttrs(ctx, slog.LevelDebug, "a call failed, and its caller was told", c.inv.LogAttr(),
			slog.String("method", c.inv.Keyed.Method), slog.String("outcome", res.Outcome.String()), slog.String("error", bridge.OneLine(res.Message, 512)))
	}
}
