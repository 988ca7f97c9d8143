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
	a, digest := r.take(t), call.Digest(t.Invocation)
	if a.known && a.record.Epoch == t.Epoch && !r.overdue(t) && !a.record.knows(digest) {
		r.submitCall(ctx, t, a, digest, done)
		return
	}
	r.c.slow.Go(func() {
		if end := r.prepareCall(ctx, t, a, digest); end != nil {
			done(r.endedCall(t, a, end))
			return
		}
		r.submitCall(ctx, t, a, digest, done)
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
func (r *runner) prepareCall(ctx context.Context, t *Turn, a *activation, digest string) *Answer {
	for {
		if r.overdue(t) {
			return &Answer{End: Failed, Result: function.Failure(function.Timeout, "the deadline passed while the call waited for its turn: it was not run")}
		}
		err := error(nil)
		if !a.known {
			err = r.load(ctx, t, a)
		}
		if err == nil {
			if value, known := a.record.answer(digest); known {
				return &Answer{End: Applied, Result: &function.Result{Outcome: function.OK, Body: value, Receipt: function.Receipt{Runtime: -1}}}
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

// submitCall has the function run for t.
func (r *runner) submitCall(ctx context.Context, t *Turn, a *activation, digest string, done func(*Answer)) {
	if t.Invocation.Keyed.Method == call.SetAlarm {
		r.c.slow.Go(func() { done(r.endedCall(t, a, r.ranCall(ctx, t, a, digest, r.rearmed(a.record)))) })
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
		r.c.slow.Go(func() { done(r.endedCall(t, a, r.ranCall(ctx, t, a, digest, sound(res)))) })
	})
}

// ranCall commits what a run of t makes of its key.
func (r *runner) ranCall(ctx context.Context, t *Turn, a *activation, digest string, res *function.Result) *Answer {
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
	case res.State != nil || res.Alarm != nil:
		err = r.commitCall(ctx, t, a, answered{ID: digest, Value: res.Body}, changes{state: res.State, alarm: res.Alarm})
	case t.held != nil && !t.held(): // what it read may be out of date
		err = errFenced
	}
	if err == nil {
		return &Answer{End: Committed, Result: &bare}
	}
	if value, known := a.record.answer(digest); known && errors.Is(err, errApplied) { // by another run of the same
		return &Answer{End: Applied, Result: &function.Result{Outcome: function.OK, Body: value, Receipt: res.Receipt}}
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
