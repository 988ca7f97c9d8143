package stream

import (
	"context"
	"errors"
	"log/slog"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
)

// keep keeps the record of a run of d, where there is one, before d is settled: so who sees a
// dead letter finds it. A record that cannot be kept is lost, and changes nothing else.
func (c *consumer) keep(ctx context.Context, d *delivery, res *function.Result) {
	d.kept = false
	if res.Record == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, c.t.cfg.Patience)
	defer cancel()
	bytes := len(res.Record)
	err := c.t.records.Put(ctx, d.meta.Stream, d.meta.Sequence.Stream, c.trigger.Function, res.Record)
	res.Record = nil
	if err == nil {
		d.kept = true
		c.counts.recorded.Add(1)
		return
	}
	c.counts.unrecorded.Add(1)
	if c.t.lines.Allow() {
		c.log.Warn("the record of a run cannot be kept, and is lost", slog.String("advice", recordAdvice(err)),
			d.inv.LogAttr(), slog.Int("bytes", bytes), slog.Any("error", err))
	}
}

// recordAdvice says what to do about a record that could not be kept.
func recordAdvice(err error) string {
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return "raise the server's max_payload, or have the function ask for less"
	case bridge.NoRoom(err):
		return "the bucket of records is full: give it more room, or record fewer runs"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer: is the server there, and may this user write to the bucket?"
	default:
		return "look at the bucket of records (nats kv info isolane-records)"
	}
}
