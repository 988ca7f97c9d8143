package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/jsruntime/function"
)

// runner runs the keys of a keyed function that are this member's: it has their records at
// hand, runs the function with the state, and commits what it makes of it. It knows no order:
// whoever has that gives it one turn of a key at a time (see Turn), and where two do, the
// revision of the record lets one commit.
type runner struct {
	c *consumer

	opening sync.Mutex // held while the bucket is opened
	bucket  states     // guarded by opening; nil: not open yet

	mu sync.Mutex
	// shelf is of epoch, the latest that was seen: what an earlier one knew may be out of date.
	// Guarded by mu.
	shelf *shelf
	epoch uint64
}

// take takes the activation of t's key, and makes sure that it is not older than t knows.
func (r *runner) take(t *Turn) *activation {
	r.mu.Lock()
	if r.shelf == nil || t.Epoch > r.epoch {
		cfg := r.c.t.cfg
		r.shelf, r.epoch = newShelf(cfg.Active, cfg.ActiveBytes, cfg.ActiveIdle), t.Epoch
	}
	s := r.shelf
	late := t.Epoch < r.epoch
	r.mu.Unlock()
	if late {
		return &activation{key: t.Key} // of its own: nobody is to find it
	}
	return s.take(t.Key, t.Revision)
}

// put gives a back.
func (r *runner) put(a *activation) {
	if a.of != nil {
		a.of.put(a, r.c.t.deps.Clock())
	}
}

// sweep passivates what was not used for too long, and half of the rest where memory is short.
func (r *runner) sweep(now time.Time) {
	r.mu.Lock()
	s := r.shelf
	r.mu.Unlock()
	if s == nil {
		return
	}
	s.sweep(now)
	if pressed := r.c.t.deps.Pressed; pressed == nil || !pressed() {
		return
	}
	if n := s.relieve(); n > 0 && r.c.t.lines.Allow() {
		r.c.log.Warn("memory is short: states of idle keys are let go, and read again when their keys have messages", slog.Int("keys", n))
	}
}

func (r *runner) stats() shelfStats {
	r.mu.Lock()
	s := r.shelf
	r.mu.Unlock()
	if s == nil {
		return shelfStats{}
	}
	return s.stats()
}

// run runs t, or finds that it is not to be run; done is called once. It does not block.
func (r *runner) run(ctx context.Context, t *Turn, done func(*Answer)) {
	a := r.take(t)
	if a.known && t.claimed(a.record) && !t.settled(a.record) {
		r.submit(ctx, t, a, t.Counted, done)
		return
	}
	r.c.slow.Go(func() {
		counted, end := r.activate(ctx, t, a)
		if end != nil {
			done(r.ended(t, a, end))
			return
		}
		r.submit(ctx, t, a, counted, done)
	})
}

// ended is what t ends with, of whose key a is given back.
func (r *runner) ended(t *Turn, a *activation, end *Answer) *Answer {
	if a.known {
		end.Revision, end.Alarm = a.revision, a.record.Alarm.told()
	}
	end.Counted = max(end.Counted, t.Counted)
	r.put(a)
	return end
}

// submit has the function run for t.
func (r *runner) submit(ctx context.Context, t *Turn, a *activation, counted int, done func(*Answer)) {
	inv := *t.Invocation
	inv.Attempt += counted - t.Counted
	if t.Alarm {
		inv.ID = r.c.alarmID(t.Key, a.record.Alarm.told())
	}
	inv.Keyed = t.keyed(a.record)
	r.c.begun(&inv, t.Epoch)
	r.c.t.deps.Dispatcher.SubmitHere(&inv, func(res *function.Result) {
		if ctx.Err() != nil { // too late
			done(&Answer{End: Dropped})
			return
		}
		r.c.slow.Go(func() {
			end := r.ran(ctx, t, a, sound(res))
			end.Counted = counted
			if t.Alarm {
				end.Invocation = inv.ID
			}
			done(r.ended(t, a, end))
		})
	})
}

// keyed is what a run of t has of its key, whose record is rec.
func (t *Turn) keyed(rec record) *function.Keyed {
	k := &function.Keyed{ID: t.Key, State: rec.State, Due: t.Alarm}
	if called := t.Invocation.Keyed; called != nil {
		k.Method = called.Method
	}
	if rec.Alarm != nil && !t.Alarm { // an alarm that is due has been taken off
		k.Alarm = time.UnixMilli(rec.Alarm.At)
	}
	return k
}

// ran commits what a run of t came to, where that settles it.
func (r *runner) ran(ctx context.Context, t *Turn, a *activation, res *function.Result) *Answer {
	change := changes{state: res.State, alarm: res.Alarm}
	bare := *res
	bare.State, bare.Alarm = nil, nil
	if !commits(res) {
		return &Answer{End: Failed, Result: &bare}
	}
	if res.Outcome != function.OK {
		change = changes{}
	}
	var said *reply
	if t.Replies && res.Outcome == function.OK {
		said = replyOf(res)
	}
	switch err := r.settle(ctx, t, a, change, said); {
	case errors.Is(err, errFenced):
		return &Answer{End: Fenced}
	case errors.Is(err, errApplied):
		return applied(t, a)
	case err != nil && ctx.Err() != nil:
		return &Answer{End: Dropped}
	case err != nil:
		return &Answer{End: Failed, Result: unsettled(t.Key, err)}
	}
	return &Answer{End: Committed, Result: &bare}
}

// activate makes t's key this member's. end is nil where t is to be run, as the one of its runs
// that counted says.
func (r *runner) activate(ctx context.Context, t *Turn, a *activation) (counted int, end *Answer) {
	for {
		if end := r.known(ctx, t, a); end != nil {
			return 0, end
		}
		if t.claimed(a.record) || !t.Alarm && !t.Claim && t.Sequence > t.Contested {
			return t.Counted, nil
		}
		next, tries := t.claim(a.record)
		data, err := next.encode()
		if err == nil {
			err = r.write(ctx, t, a, next, data)
		}
		if err == nil {
			counted = tries
			if r.c.policy.Arrive(ackpolicy.Delivery{Deliveries: counted}).Verdict == ackpolicy.DeadLetter {
				return counted, &Answer{End: Spent, Counted: counted}
			}
			return counted, nil
		}
		if !errors.Is(err, kvstore.ErrConflict) {
			if end := r.unable(ctx, err); end != nil {
				return 0, end
			}
		}
	}
}

// known reads the record of a where it is not at hand; the Answer is nil where t is not in it.
func (r *runner) known(ctx context.Context, t *Turn, a *activation) *Answer {
	for !a.known {
		if err := r.load(ctx, t, a); err != nil {
			if end := r.unable(ctx, err); end != nil {
				return end
			}
		}
	}
	if !t.settled(a.record) {
		return nil
	}
	return applied(t, a)
}

// applied is the end of what is in the record already.
func applied(t *Turn, a *activation) *Answer {
	end := &Answer{End: Applied}
	if !t.Alarm && a.record.Reply != nil && a.record.Seq == t.Sequence {
		end.Result = a.record.Reply.result()
	}
	return end
}

// unable takes in an error of the bucket's: it waits, and returns nil to have it tried again. A
// key whose record cannot be read fails as a run does.
func (r *runner) unable(ctx context.Context, err error) *Answer {
	switch {
	case errors.Is(err, errFenced):
		return &Answer{End: Fenced}
	case errors.Is(err, errNoRecord):
		return &Answer{End: Failed, Result: function.Failure(function.Exception, err.Error())}
	}
	if ctx.Err() == nil {
		r.c.failedState(err)
		pause(ctx, r.c.t.cfg.Retry)
	}
	if ctx.Err() != nil {
		return &Answer{End: Dropped}
	}
	return nil
}

// look says whether t is in the state already, or cannot be told of; else it returns nil.
func (r *runner) look(ctx context.Context, t *Turn) *Answer {
	a := r.take(t)
	if end := r.known(ctx, t, a); end != nil {
		return r.ended(t, a, end)
	}
	r.put(a)
	return nil
}

// pass notes t as applied, with the state as it is.
func (r *runner) pass(ctx context.Context, t *Turn) *Answer {
	a := r.take(t)
	for {
		if end := r.known(ctx, t, a); end != nil {
			return r.ended(t, a, end)
		}
		err := r.settle(ctx, t, a, changes{}, nil)
		if err == nil {
			return r.ended(t, a, &Answer{End: Committed})
		}
		if errors.Is(err, errApplied) {
			continue
		}
		if end := r.unable(ctx, err); end != nil {
			return r.ended(t, a, end)
		}
	}
}

// settle commits what t makes of its key.
func (r *runner) settle(ctx context.Context, t *Turn, a *activation, change changes, said *reply) error {
	next := t.settle(a.record, change, said)
	data, err := next.encode()
	if err != nil {
		return err
	}
	if err := r.fits(data); err != nil {
		return err
	}
	return r.commit(ctx, t, a, next, data, func(rec record) bool { return rec.includes(next) })
}

// fits refuses a record that the server would not take.
func (r *runner) fits(data []byte) error {
	most := r.c.t.deps.Conn.MaxPayload() - recordRoom
	if int64(len(data)) <= most {
		return nil
	}
	return fmt.Errorf("%w: the state is %d bytes with what belongs to it, over the %d that the server's max payload leaves",
		errTooLarge, len(data), most)
}

// recordRoom is what a write takes beside the record: subject and headers.
const recordRoom = 4 << 10

// unsettled is the outcome of a run whose state could not be committed.
func unsettled(key string, err error) *function.Result {
	outcome := function.Exception
	switch {
	case errors.Is(err, errTooLarge):
		outcome = function.TooLarge
	case errors.Is(err, errForeign):
		outcome = function.Crashed
	}
	return function.Failure(outcome, fmt.Sprintf("the state of %q is not committed: %v", key, err))
}
