package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/jsruntime/function"
)

// runCall runs t, which is a call, or finds that it is not to be run; done is called once. An
// Answer without a Result says that it surely did not run. It does not block.
func (r *runner) runCall(ctx context.Context, t *Turn, done func(*Answer)) {
	a, q := r.take(t), askedBy(t.Invocation)
	if a.known && a.record.Epoch == t.Epoch && !r.overdue(t) && a.record.recall(q) == fresh {
		r.submitCall(ctx, t, a, q, done)
		return
	}
	r.c.slow.Go(func() {
		if end := r.prepareCall(ctx, t, a, q); end != nil {
			done(r.endedCall(t, a, end))
			return
		}
		r.submitCall(ctx, t, a, q, done)
	})
}

// endedCall is ended for a call.
func (r *runner) endedCall(t *Turn, a *activation, end *Answer) *Answer {
	if a.revision == 0 { // nothing fences one who may still write the first record
		a.known = false
	}
	return r.ended(t, a, end)
}

// overdue reports whether nobody waits for t any more.
func (r *runner) overdue(t *Turn) bool {
	end := t.Invocation.Deadline
	return !end.IsZero() && !end.After(r.c.t.deps.Clock())
}

// prepareCall makes t's key this member's, so that no earlier holder commits any more. It
// returns nil where t is to be run.
func (r *runner) prepareCall(ctx context.Context, t *Turn, a *activation, q asked) *Answer {
	for {
		if r.overdue(t) {
			return &Answer{End: Failed, Result: function.Failure(function.Timeout, "the deadline passed while the call waited for its turn: it was not run")}
		}
		err := error(nil)
		if !a.known {
			err = r.load(ctx, t, a)
		}
		if err == nil {
			switch a.record.recall(q) {
			case remembered:
				return a.again(q, function.Receipt{Runtime: -1})
			case unanswered:
				return &Answer{End: Applied, sign: call.Applied}
			case fresh, unsure: // of the latter it depends on whether it would change anything
			}
			if a.record.Epoch == t.Epoch || a.revision == 0 {
				return nil
			}
			next := a.record.fence(t.Stream, t.Epoch)
			var data []byte
			if data, err = next.encode(); err == nil {
				err = r.write(ctx, t, a, next, data)
			}
			if err == nil {
				return nil
			}
		}
		if !errors.Is(err, kvstore.ErrConflict) {
			if end := r.unable(ctx, err); end != nil {
				return end
			}
		}
	}
}

// again is the answer to a call that is in the state of a, and whose answer is known.
func (a *activation) again(q asked, used function.Receipt) *Answer {
	value, _ := a.record.answer(q.digest)
	return &Answer{End: Applied, Result: &function.Result{Outcome: function.OK, Body: value, Receipt: used}}
}

// submitCall has the function run for t.
func (r *runner) submitCall(ctx context.Context, t *Turn, a *activation, q asked, done func(*Answer)) {
	if t.Invocation.Keyed.Method == call.SetAlarm {
		r.c.slow.Go(func() { done(r.endedCall(t, a, r.ranCall(ctx, t, a, q, r.rearmed(a.record)))) })
		return
	}
	inv := *t.Invocation
	inv.Keyed = t.keyed(a.record)
	r.c.begun(&inv, t.Epoch)
	r.c.t.deps.Dispatcher.SubmitHere(&inv, func(res *function.Result) {
		if ctx.Err() != nil { // too late
			done(&Answer{End: Dropped, Result: uncommitted(t.Key, ctx.Err())})
			return
		}
		r.c.slow.Go(func() { done(r.endedCall(t, a, r.ranCall(ctx, t, a, q, sound(res)))) })
	})
}

// ranCall commits what a run of t makes of its key.
func (r *runner) ranCall(ctx context.Context, t *Turn, a *activation, q asked, res *function.Result) *Answer {
	bare := *res
	bare.State, bare.Alarm = nil, nil
	if res.Outcome != function.OK {
		return &Answer{End: Failed, Result: &bare}
	}
	if large := call.Fits(t.Invocation, res, r.c.t.deps.Conn.MaxPayload()); large != nil {
		large.Receipt, large.Record = res.Receipt, res.Record
		return &Answer{End: Failed, Result: large}
	}
	err := error(nil)
	switch {
	case res.State == nil && res.Alarm == nil: // it has only read
		if t.held != nil && !t.held() { // and what it read may be out of date
			err = errFenced
		}
	case a.record.recall(q) == unsure:
		return &Answer{End: Failed, sign: call.Forgotten}
	default:
		done := answered{ID: q.digest, Value: res.Body, At: r.c.t.deps.Clock().UnixMilli()}
		err = r.commitCall(ctx, t, a, done, changes{state: res.State, alarm: res.Alarm})
	}
	if err == nil {
		return &Answer{End: Committed, Result: &bare}
	}
	if errors.Is(err, errApplied) && a.record.knows(q.digest) { // by another run of the same
		return a.again(q, res.Receipt)
	}
	failed := uncommitted(t.Key, err)
	failed.Receipt, failed.Record = res.Receipt, res.Record
	if errors.Is(err, errFenced) {
		return &Answer{End: Fenced, Result: failed}
	}
	return &Answer{End: Failed, Result: failed}
}

// commitCall commits the state that t leaves behind, with its answer, so that it is not run
// again where its caller calls again.
func (r *runner) commitCall(ctx context.Context, t *Turn, a *activation, done answered, change changes) error {
	next := a.record.called(t.Stream, t.Epoch, change, done)
	data, err := next.encode()
	if err != nil {
		return err
	}
	if err := r.fits(data); err != nil {
		return err
	}
	return r.commit(ctx, t, a, next, data, func(rec record) bool { return rec.knows(done.ID) })
}

// uncommitted is what a call is answered with whose state may not be committed.
func uncommitted(key string, err error) *function.Result {
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errForeign):
		return unsettled(key, err)
	case errors.Is(err, errFenced):
		return function.Failure(function.Crashed, fmt.Sprintf("another member has %q now: whether the state is committed is not known", key))
	}
	return function.Failure(function.Crashed, fmt.Sprintf("whether the state of %q is committed is not known: %v", key, err))
}
