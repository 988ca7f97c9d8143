package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/jsruntime/function"
)

// keyed is what a sequencer has of a keyed function beside its order: the states of the
// keys, and the epoch, which is the lease's token.
//
// Every epoch has a consumer of its own, which delivers to one member, from where the
// messages were last settled. A message is dealt with when the record of its key says so,
// which is written with the revision that was read: so a record is the fold of its key's
// messages in their order, whoever else writes. See docs/keyed.md.
type keyed struct {
	c     *consumer
	s     *sequencer
	lease Lease
	shelf *shelf
	// epoch is the lease's token.
	epoch uint64

	// Set by ensureEpoch, before anything is delivered.
	bucket   states
	consumer string
	// stream tells the stream from others of its name.
	stream string
	// contested is the last message that an earlier epoch may have been given.
	contested uint64

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
	cfg := c.t.cfg
	return &keyed{
		c: c, s: s, lease: lease, epoch: lease.Token(), leave: leave,
		shelf: newShelf(cfg.Active, cfg.ActiveBytes, cfg.ActiveIdle),
	}
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
	return true
}

// start runs d, or deals with it without. It does not block.
func (k *keyed) start(d *delivery) {
	a := d.active
	if a == nil {
		a = k.shelf.take(d.key)
		d.active = a
	}
	seq := d.place()
	if a.known && a.record.Epoch == k.epoch && !a.record.applied(k.stream, seq) && d.early == nil {
		k.run(d)
		return
	}
	k.s.turn(func(ctx context.Context) {
		if k.activate(ctx, d) {
			k.s.mu.Lock()
			k.s.running++ // it goes on
			k.s.mu.Unlock()
			k.run(d) //nolint:contextcheck // a run has a context of its own
		}
	})
}

// run has the function run for d.
func (k *keyed) run(d *delivery) {
	inv := *d.inv
	inv.Keyed = &function.Keyed{ID: d.key, State: d.active.record.State}
	k.s.submit(d, &inv)
}

// activate makes d's key this member's, and reports whether d is to be run now: else it has
// been dealt with.
func (k *keyed) activate(ctx context.Context, d *delivery) bool {
	a, seq := d.active, d.place()
	for {
		if !a.known {
			if err := k.load(ctx, a); !k.usable(ctx, d, err) {
				return false
			} else if err != nil {
				continue
			}
		}
		switch {
		case a.record.applied(k.stream, seq):
			k.applied(ctx, d)
			return false
		case d.early != nil:
			k.bury(ctx, d, d.early, d.earlyDecision)
			return false
		case a.record.Epoch == k.epoch || seq > k.contested:
			return true
		}
		next := a.record.claim(k.stream, k.epoch, seq)
		data, err := next.encode()
		if err == nil {
			err = k.write(ctx, a, next, data)
		}
		if err == nil {
			return k.claimed(ctx, d)
		}
		if !errors.Is(err, kvstore.ErrConflict) && !k.usable(ctx, d, err) {
			return false
		}
	}
}

// claimed counts the members that were about to run d, and reports whether this one may.
func (k *keyed) claimed(ctx context.Context, d *delivery) bool {
	before := d.active.record.Trying.Times - 1
	if before > 0 {
		inv := *d.inv
		inv.Attempt += before
		d.inv = &inv
	}
	decision := k.c.policy.Arrive(ackpolicy.Delivery{Deliveries: d.inv.Attempt})
	if decision.Verdict != ackpolicy.DeadLetter {
		return true
	}
	k.bury(ctx, d, &function.Result{Outcome: decision.Outcome, Message: decision.Reason}, decision)
	return false
}

// usable takes in an error of the bucket's: it waits, and reports whether to try again. A key
// whose record cannot be read fails as a run does.
func (k *keyed) usable(ctx context.Context, d *delivery, err error) bool {
	switch {
	case err == nil:
		return true
	case errors.Is(err, errFenced):
		k.fenced(d)
		return false
	case errors.Is(err, errNoRecord):
		k.s.settle(ctx, d, function.Failure(function.Exception, err.Error()))
		return false
	}
	k.c.failedState(err)
	if pause(ctx, k.c.t.cfg.Retry); ctx.Err() != nil {
		k.drop(d)
		return false
	}
	return true
}

// fenced gives everything up: another member has the keys.
func (k *keyed) fenced(d *delivery) {
	k.quit(errFenced)
	k.drop(d)
}

// drop lets d go without a word: it is delivered to the next epoch.
func (k *keyed) drop(d *delivery) { k.c.release(d) }

// applied deals with a message that is in the state already.
func (k *keyed) applied(ctx context.Context, d *delivery) {
	k.c.counts.applied.Add(1)
	if r := d.active.record.Reply; r != nil && d.active.record.Seq == d.place() && !k.say(ctx, d, r.result()) {
		k.drop(d)
		return
	}
	k.done(d, "ack", d.msg.Ack)
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

// conclude settles d, which has run.
func (k *keyed) conclude(ctx context.Context, d *delivery, res *function.Result, decision ackpolicy.Decision) {
	if decision.Verdict == ackpolicy.DeadLetter {
		k.bury(ctx, d, res, decision)
		return
	}
	var said *reply
	if k.c.replies(d, res) {
		said = replyOf(res)
	}
	switch err := k.settle(ctx, d, res.State, said); {
	case errors.Is(err, errFenced):
		k.fenced(d)
		return
	case err != nil && ctx.Err() != nil:
		k.drop(d)
		return
	case err != nil:
		k.s.settle(ctx, d, unsettled(d, err))
		return
	}
	if said != nil && !k.say(ctx, d, res) {
		k.drop(d)
		return
	}
	k.done(d, "ack", d.msg.Ack)
}

// settle commits what d makes of its key.
func (k *keyed) settle(ctx context.Context, d *delivery, change *function.StateChange, said *reply) error {
	a := d.active
	next := a.record.settle(k.stream, k.epoch, d.place(), change, said)
	data, err := next.encode()
	if err != nil {
		return err
	}
	if most := k.c.t.deps.Conn.MaxPayload() - recordRoom; int64(len(data)) > most {
		return fmt.Errorf("%w: the state is %d bytes with what belongs to it, over the %d that the server's max payload leaves",
			errTooLarge, len(data), most)
	}
	return k.commit(ctx, a, next, data)
}

// recordRoom is what a write takes beside the record: subject and headers.
const recordRoom = 4 << 10

// unsettled is the outcome of a run whose state could not be committed.
func unsettled(d *delivery, err error) *function.Result {
	outcome := function.Exception
	switch {
	case errors.Is(err, errTooLarge):
		outcome = function.TooLarge
	case errors.Is(err, errForeign):
		outcome = function.Crashed
	}
	return function.Failure(outcome, fmt.Sprintf("the state of %q is not committed: %v", d.key, err))
}

// bury files d as a dead letter, and its key goes on behind it.
func (k *keyed) bury(ctx context.Context, d *delivery, res *function.Result, decision ackpolicy.Decision) {
	for !k.c.file(ctx, d, res, decision) {
		if pause(ctx, k.c.notKept(d)); ctx.Err() != nil {
			k.drop(d)
			return
		}
	}
	for {
		err := k.settle(ctx, d, nil, nil)
		if err == nil || errors.Is(err, errNoRecord) { // the latter would not change
			break
		}
		if errors.Is(err, errFenced) {
			k.fenced(d)
			return
		}
		k.c.failedState(err)
		if pause(ctx, k.c.t.cfg.Retry); ctx.Err() != nil {
			k.drop(d)
			return
		}
	}
	k.done(d, "term", func(...nats.AckOpt) error { return d.msg.Term() })
}

// done tells the server, and lets the next of the key run. A word that is lost costs nothing
// but another delivery, which is found to be applied.
func (k *keyed) done(d *delivery, word string, say func(...nats.AckOpt) error) {
	k.shelf.put(d.active, k.c.t.deps.Clock())
	d.active = nil
	k.c.tell(d, word, func() error { return say() })
	k.s.mu.Lock()
	k.s.lanes.done(d)
	k.s.mu.Unlock()
}
