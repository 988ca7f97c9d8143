package stream

import (
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/jsruntime/function"
)

// due reports whether the server is to be told that d still runs. The caller holds mu.
func (c *consumer) due(d *delivery, now time.Time) bool {
	return c.policy.Running(now.Sub(d.told)).Verdict == ackpolicy.Progress
}

// receive takes one message: it is run, or settled at once. It runs in the goroutine of
// the subscription.
func (c *consumer) receive(msg *nats.Msg) {
	now := c.t.deps.Clock()
	c.counts.received.Add(1)
	d, err := newDelivery(c.trigger, msg, now)
	if err != nil {
		c.log.Error("a message that did not come from a stream is left alone", slog.Any("error", err))
		return
	}
	if c.trigger.Keyed && !c.follows(d) {
		return
	}
	c.begin(d)
	if d.meta.NumDelivered > 1 {
		c.counts.redelivered.Add(1)
	}
	if !c.hold(d) {
		defer d.record()
		c.tell(d, "nak", func() error { return d.msg.Nak() })
		return
	}
	if only := function.Header(msg.Header).Get(deadletter.HeaderOnly); only != "" && only != c.trigger.Function {
		c.counts.foreign.Add(1)
		c.ack(d)
		return
	}
	expired, broken := d.readDeadline(now)
	if c.trigger.Keyed {
		c.submitKeyed(d, expired, broken)
		return
	}
	if broken != nil {
		c.settle(d, broken)
		return
	}
	decision := c.policy.Arrive(ackpolicy.Delivery{Deliveries: d.inv.Attempt, Expired: expired})
	if decision.Verdict == ackpolicy.DeadLetter {
		if d.ended.CompareAndSwap(false, true) {
			c.outlast(d, &function.Result{Outcome: decision.Outcome, Message: decision.Reason}, arrived)
		}
		return
	}
	c.submit(d)
}

// submit has d run, in its order where there is one.
func (c *consumer) submit(d *delivery) {
	c.mu.Lock()
	order := c.order
	c.mu.Unlock()
	if order != nil {
		order.add(d)
		return
	}
	if c.trigger.Stream.Order != "" { // it came after its time
		c.tell(d, "nak", func() error { return d.msg.Nak() })
		return
	}
	if c.batches != nil {
		c.batches.add(d)
		return
	}
	c.t.deps.Dispatcher.Submit(d.inv, func(res *function.Result) { c.settle(d, res) })
}

// submitKeyed is submit for a keyed function: whatever becomes of d does so in its place. Its
// deliveries are counted by the record of its key.
func (c *consumer) submitKeyed(d *delivery, expired bool, broken *function.Result) {
	inv := *d.inv
	inv.Attempt = 1
	d.inv = &inv
	switch {
	case broken != nil:
		d.early, d.earlyDecision = broken, c.decide(d, broken, 0)
	case expired:
		d.early, d.earlyDecision = c.expired(d)
	}
	c.submit(d)
}

// expired is what d ends with, whose own deadline passed before it was run.
func (c *consumer) expired(d *delivery) (*function.Result, ackpolicy.Decision) {
	decision := c.policy.Arrive(ackpolicy.Delivery{Deliveries: d.inv.Attempt, Expired: true})
	return &function.Result{Outcome: decision.Outcome, Message: decision.Reason}, decision
}

// follows reports whether d is the delivery of the epoch that comes after the last one.
func (c *consumer) follows(d *delivery) bool {
	c.mu.Lock()
	order := c.order
	c.mu.Unlock()
	return order != nil && order.keyed.follows(d)
}
