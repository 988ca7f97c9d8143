package stream

import (
	"context"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/jsruntime/function"
)

// alarmOf is what an alarm that is due runs as: a delivery that no server waits for, in the
// lane of its key. Its dead letter says that it comes from the record of the key.
func (k *keyed) alarmOf(a appointment, now time.Time) *delivery {
	c := k.c
	bucket := StateBucket(c.trigger.Function)
	due := Alarm{Number: a.number, At: a.due}
	d := &delivery{
		key: a.key, alarm: &a, forgiven: a.forgiven,
		msg: &nats.Msg{Subject: "$KV." + bucket + "." + StateKey(a.key), Header: nats.Header{
			headerKey: {a.key}, headerAlarm: {time.UnixMilli(a.due).UTC().Format(time.RFC3339Nano)},
		}},
		meta: &nats.MsgMetadata{Stream: "KV_" + bucket, NumDelivered: 1, Timestamp: time.UnixMilli(a.due)},
		inv: &function.Invocation{
			ID: c.alarmID(a.key, due), Function: c.trigger.Function, Header: function.Header{},
			Attempt: a.failed + 1, Received: now, Patient: true,
		},
	}
	if a.failed > 0 { // it has run here
		d.repeats(time.UnixMilli(a.due))
	}
	c.begin(d)
	return d
}

// alarmTurn is the next run of an alarm.
func (k *keyed) alarmTurn(d *delivery) *Turn {
	counted := ackpolicy.Delivery{Deliveries: d.inv.Attempt, Forgiven: d.forgiven}.Counted()
	return &Turn{
		Invocation: d.inv, Key: d.key, Stream: k.stream, Alarm: true, Now: k.c.t.deps.Clock(), Epoch: k.epoch,
		Revision: k.marks.get(d.key), Claim: counted > 1, Counted: counted, held: k.lease.Held,
	}
}

// settledAlarm takes in how the turn of an alarm has ended.
func (k *keyed) settledAlarm(ctx context.Context, d *delivery, a *Answer) {
	d.meta.Sequence.Stream = max(a.Revision, 1)
	switch a.End {
	case Committed:
		k.c.counts.fired.Add(1)
		k.doneAlarm(d, "ack")
	case Applied: // there is none that is due: it was set anew, or taken away
		k.doneAlarm(d, "")
	case Failed:
		k.failedAlarm(ctx, d, a.Result)
	case Spent:
		decision := k.c.policy.Arrive(ackpolicy.Delivery{Deliveries: max(a.Counted, k.c.policy.Limit+1)})
		k.bury(ctx, d, &function.Result{Outcome: decision.Outcome, Message: decision.Reason}, decision)
	case Fenced:
		k.fenced(d)
	case Dropped:
		k.drop(d)
	}
}

// failedAlarm has an alarm that failed run again after its back-off, or files it as a dead
// letter. Unlike a message it does not hold up those of its key meanwhile, which may set
// another one in its place.
func (k *keyed) failedAlarm(ctx context.Context, d *delivery, res *function.Result) {
	c := k.c
	c.counts.alarmFailures.Add(1)
	if suspected(res) {
		note, known := c.noted(ctx, d)
		if guilty, verdict := c.convict(ctx, d, res, note, known); guilty != nil {
			k.bury(ctx, d, guilty, verdict)
			return
		}
	}
	decision := c.decide(d, res, d.forgiven)
	if decision.Verdict == ackpolicy.DeadLetter {
		k.bury(ctx, d, res, decision)
		return
	}
	if c.t.lines.Allow() {
		c.log.Warn("an alarm failed and is run again", d.inv.LogAttr(), slog.String("key", bridge.Shorten(d.key, 128)),
			slog.Int("run", d.inv.Attempt), slog.Duration("wait", decision.Delay),
			slog.String("outcome", res.Outcome.String()), slog.String("error", bridge.OneLine(res.Message, 512)))
	}
	next := *d.alarm
	next.at = max(next.due, c.t.deps.Clock().Add(decision.Delay).UnixMilli())
	next.failed, next.forgiven = d.inv.Attempt, d.forgiven
	if decision.Forgive {
		next.forgiven++
	}
	k.alarms.again(next)
	k.doneAlarm(d, "nak")
}

// doneAlarm lets the next of the key run.
func (k *keyed) doneAlarm(d *delivery, word string) {
	k.c.toldAs(d, word)
	d.record()
	k.s.mu.Lock()
	k.s.lanes.done(d)
	k.s.mu.Unlock()
	k.alarms.landed(d.key)
}
