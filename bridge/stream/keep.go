package stream

import (
	"context"
	"errors"
	"log/slog"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/records"
	"github.com/isolane/isolane/jsruntime/function"
)

// keep hands the record of a run of d on, where there is one, and does not wait until it is stored:
// that is for its dead letter to do, which names it.
func (c *consumer) keep(d *delivery, res *function.Result) {
	if d.recording = nil; res.Record == nil {
		return
	}
	run := records.Run{Kind: records.Message, Stream: d.meta.Stream, Places: records.Places{d.place()}}
	if d.alarm != nil {
		run = records.Run{Kind: records.Alarm}
	}
	if c.trigger.Keyed { // else it may be that of an order
		run.Key = d.key
	}
	run.Invocation, run.Attempt = d.inv.ID, d.inv.Attempt
	d.recording = c.record(run, res)
}

// keepBatch is keep for a batch that ran as inv, and has one record; nil where it has none.
func (c *consumer) keepBatch(batch []*delivery, inv *function.Invocation, res *function.Result) *records.Ticket {
	if res.Record == nil {
		return nil
	}
	run := records.Run{Kind: records.Batch, Stream: batch[0].meta.Stream, Invocation: inv.ID, Attempt: inv.Attempt}
	for _, d := range batch {
		run.Places = append(run.Places, d.place())
	}
	return c.record(run, res)
}

// keepCall is keep for a call, of which no letter is written.
func (c *consumer) keepCall(call *called, res *function.Result) {
	if res.Record != nil {
		c.record(records.Run{
			Kind: records.Call, Invocation: call.inv.ID, Key: call.inv.Keyed.ID, Method: call.inv.Keyed.Method, Attempt: call.inv.Attempt,
		}, res)
	}
}

// record hands the record in res on, which is of run. One that cannot be kept is lost, and changes
// nothing else.
func (c *consumer) record(run records.Run, res *function.Result) *records.Ticket {
	run.Function, run.Version, run.Outcome = c.trigger.Function, res.Receipt.Version, res.Outcome
	data := res.Record
	res.Record = nil
	bytes := len(data)
	return c.t.keeper.Keep(run, data, func(err error) {
		if err == nil {
			c.counts.recorded.Add(1)
			return
		}
		c.counts.unrecorded.Add(1)
		if c.t.lines.Allow() {
			c.log.Warn("the record of a run cannot be kept, and is lost", slog.String("advice", recordAdvice(err)),
				slog.String("invocation", run.Invocation), slog.Int("bytes", bytes), slog.Any("error", err))
		}
	})
}

// named reports whether d's dead letter is to name the record of its last run: unless that is known
// to be lost, for which it waits, so that who sees the letter finds the record.
func (c *consumer) named(ctx context.Context, d *delivery) bool {
	if d.recording == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, c.t.cfg.Patience)
	defer cancel()
	err := d.recording.Wait(ctx)
	return err == nil || ctx.Err() != nil
}

// recordAdvice says what to do about a record that could not be kept.
func recordAdvice(err error) string {
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return "raise the server's max_payload, or have the function ask for less"
	case bridge.NoRoom(err):
		return "the bucket of records is full: give it more room, or record fewer runs"
	case errors.Is(err, records.ErrFull):
		return "the bucket of records takes them more slowly than they come, or not at all: see why, or record fewer runs"
	case errors.Is(err, records.ErrClosed), errors.Is(err, context.Canceled):
		return "the node was stopped before the bucket of records had it"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer: is the server there, and may this user write to the bucket?"
	default:
		return "look at the bucket of records (nats kv info isolane-records)"
	}
}
