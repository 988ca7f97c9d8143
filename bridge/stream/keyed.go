package stream

import (
	"context"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/jsruntime/function"
)

// keyed is what a sequencer has of a keyed function beside its order: the epoch, which is
// the lease's token, and who runs what.
//
// Every epoch has a consumer of its own, which delivers to one member, from where the
// messages were last settled. That member hands each message, in its turn, to the member that
// runs its key (Turn), which may be itself (runner). A message is dealt with when the record of
// its key says so, which is written with the revision that was read: so a record is the fold of
// its key's messages in their order, whoever else writes. See docs/keyed.md.
type keyed struct {
	c     *consumer
	s     *sequencer
	lease Lease
	// marks are what is known of keys that other members run too; nil where none does.
	marks *marks
	// alarms are those of the keys.
	alarms *alarms
	// calls are those of its keys' methods that are not answered.
	calls *callTable
	// epoch is the lease's token.
	epoch uint64

	// Set by ensureEpoch, before anything is delivered.
	consumer string
	// stream tells the stream from others of its name.
	stream string
	// contested is the last message that an earlier epoch may have been given.
	contested uint64
	// given is the last one that an earlier epoch was given while it held the lease, so that it
	// may have run it.
	given uint64

	// last is the consumer's number of the last delivery; the subscription's goroutine's.
	last uint64

	// leave ends the epoch, for a reason.
	leave  context.CancelFunc
	mu     sync.Mutex
	reason error // guarded by mu
}

// quit ends the epoch: another one begins, here or elsewhere.
func (k *keyed) quit(reason error) {
	k.mu.Lock()
	if k.reason == nil {
		k.reason = reason
	}
	k.mu.Unlock()
	k.leave()
}

// why is what the epoch was ended for, or nil.
func (k *keyed) why() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.reason
}

// newKeyed is for the time that lease is held; leave ends it.
func newKeyed(c *consumer, s *sequencer, lease Lease, leave context.CancelFunc) *keyed {
	k := &keyed{c: c, s: s, lease: lease, epoch: lease.Token(), leave: leave, calls: newCallTable(c)}
	k.alarms = newAlarms(k, c.t.cfg.Alarms)
	if c.t.deps.Spread != nil {
		k.marks = newMarks(maxMarks)
	}
	return k
}

// follows reports whether d is the delivery after the last one. If one is missing the epoch
// ends: what comes after it must not be run before it. What is left of the epoch before is
// none of this one.
func (k *keyed) follows(d *delivery) bool {
	if d.meta.Consumer != k.consumer {
		return false
	}
	if n := d.meta.Sequence.Consumer; n != k.last+1 {
		k.quit(errGap)
		return false
	}
	k.last++
	if d.meta.Sequence.Stream <= k.given {
		d.repeats(d.meta.Timestamp)
	}
	return true
}

// start runs d, or deals with it without. It does not block.
func (k *keyed) start(d *delivery) {
	if d.early != nil {
		k.s.turn(func(ctx context.Context) { k.buryEarly(ctx, d) })
		return
	}
	d.tried = nil
	k.hand(d)
}

// buryEarly files what is not to be run, unless it was before its time was over.
func (k *keyed) buryEarly(ctx context.Context, d *delivery) {
	t := k.turnOf(d)
	if a := k.c.runner.look(ctx, t); a != nil {
		k.settled(ctx, d, t, a)
		return
	}
	k.bury(ctx, d, d.early, d.earlyDecision)
}

// took takes in how a turn of d ended.
func (k *keyed) took(d *delivery, t *Turn, a *Answer) {
	if a.End == Failed && k.c.spares(d, a.Result) {
		k.s.turn(func(context.Context) {
			k.learn(d, t, a)
			k.s.rerun(d) //nolint:contextcheck // a run has a context of its own
		})
		return
	}
	if a.ran() {
		k.s.tally(d, a.Result)
	}
	k.s.turn(func(ctx context.Context) { k.settled(ctx, d, t, a) })
}

// learn takes in what the answer to t says of d's key and of the runs before.
func (k *keyed) learn(d *delivery, t *Turn, a *Answer) {
	k.marks.set(d.key, a.Revision)
	if a.Revision > 0 {
		k.alarms.saw(d.key, a.Alarm)
	}
	if more := a.Counted - t.Counted; more > 0 { // members before had begun it
		inv := *d.inv
		inv.Attempt += more
		d.inv = &inv
	}
	if a.Invocation != "" && a.Invocation != d.inv.ID { // another alarm was set meanwhile, and was due
		inv := *d.inv
		inv.ID = a.Invocation
		d.inv = &inv
	}
}

// settled settles d, whose turn has ended with a.
func (k *keyed) settled(ctx context.Context, d *delivery, t *Turn, a *Answer) {
	k.learn(d, t, a)
	if a.ran() {
		k.c.keep(d, a.Result) //nolint:contextcheck // a record outlives the turn
	}
	if d.alarm != nil {
		k.settledAlarm(ctx, d, a)
		return
	}
	switch a.End {
	case Committed:
		if k.c.replies(d, a.Result) && !k.say(ctx, d, a.Result) {
			k.drop(d)
			return
		}
		k.done(d, "ack", d.msg.Ack)
	case Applied:
		k.c.counts.applied.Add(1)
		if a.Result != nil && !k.say(ctx, d, a.Result) {
			k.drop(d)
			return
		}
		k.done(d, "ack", d.msg.Ack)
	case Failed:
		k.s.settle(ctx, d, a.Result)
	case Spent:
		decision := k.c.policy.Arrive(ackpolicy.Delivery{Deliveries: max(a.Counted, k.c.policy.Limit+1)})
		k.bury(ctx, d, &function.Result{Outcome: decision.Outcome, Message: decision.Reason}, decision)
	case Fenced:
		k.fenced(d)
	case Dropped:
		k.drop(d)
	}
}

// fenced gives everything up: another member has the keys.
func (k *keyed) fenced(d *delivery) {
	k.quit(errFenced)
	k.drop(d)
}

// drop lets d go without a word: it is delivered to the next epoch.
func (k *keyed) drop(d *delivery) {
	if d.alarm != nil {
		d.record()
		return
	}
	k.c.release(d)
}

// say publishes the reply to d, again and again until the server has it; false: ctx is done.
func (k *keyed) say(ctx context.Context, d *delivery, res *function.Result) bool {
	msg, failure := k.c.replyMessage(d, res)
	for failure == nil {
		err := k.c.publishReply(ctx, msg)
		if err == nil {
			break
		}
		if k.c.t.lines.Allow() {
			k.c.log.Warn("a reply cannot be published; it is tried again", slog.String("invocation", d.inv.ID), slog.Any("error", err))
		}
		if pause(ctx, k.c.t.cfg.Retry); ctx.Err() != nil {
			return false
		}
	}
	return true
}

// bury files d as a dead letter, and its key goes on behind it.
func (k *keyed) bury(ctx context.Context, d *delivery, res *function.Result, decision ackpolicy.Decision) {
	for !k.c.file(ctx, d, res, decision) {
		if pause(ctx, k.c.notKept(d)); ctx.Err() != nil {
			k.drop(d)
			return
		}
	}
	switch a := k.c.runner.pass(ctx, k.turnOf(d)); a.End {
	case Fenced:
		k.fenced(d)
		return
	case Dropped:
		k.drop(d)
		return
	case Committed, Applied:
		k.marks.set(d.key, a.Revision)
		k.alarms.saw(d.key, a.Alarm)
	case Failed, Spent: // there is no record, which would not change
	}
	if d.alarm != nil {
		k.doneAlarm(d, "term")
		return
	}
	k.done(d, "term", func(...nats.AckOpt) error { return d.msg.Term() })
}

// done tells the server, and lets the next of the key run. A word that is lost costs nothing
// but another delivery, which is found to be applied.
func (k *keyed) done(d *delivery, word string, say func(...nats.AckOpt) error) {
	k.c.tell(d, word, func() error { return say() })
	k.s.mu.Lock()
	k.s.lanes.done(d)
	k.s.mu.Unlock()
}
