package jsruntime

import (
	"errors"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// longTurn is the turn after which memory is looked at: a heap does not run full
	// in less.
	longTurn = 2 * time.Millisecond
	// lookEvery is after how many turns memory is looked at all the same.
	lookEvery = 64
)

// enter runs one turn for i in x, under the watchdog, and does what JavaScript asked
// for.
func (r *Runtime) enter(i *invocation, x *jsContext, run func() error) error {
	budget := i.fn.Manifest.Limits.CPU - i.cpu
	if budget <= 0 {
		budget = time.Microsecond
	}
	r.turn, r.turnBegan = i, time.Now()
	r.watchdog.arm(r.turnBegan, budget)
	err := run()
	// V8 reports no error where it was a microtask that had to be stopped: what the
	// turn left in the outbox does not count then.
	if err == nil && !r.watchdog.hasFired() {
		err = r.empty(x)
	}
	fired := r.watchdog.disarm()
	spent := time.Since(r.turnBegan)
	r.turn = nil
	i.cpu += spent
	if err != nil || fired {
		return r.stopped(i, fired, err)
	}
	r.finishTurn(i)
	x.retire()
	r.turns++
	if spent > longTurn || r.turns%lookEvery == 0 {
		return r.lookAtMemory(i, x)
	}
	return nil
}

// finishTurn arms the deadline of an invocation that a turn left pending. Most
// invocations never come here twice, and need no timer.
func (r *Runtime) finishTurn(i *invocation) {
	if r.inflight[i.id] != i || i.deadline != nil || i.done == nil {
		return
	}
	i.deadline = time.AfterFunc(time.Until(i.expires()), func() {
		r.cfg.Post(Event{kind: eventDeadline, invocation: i})
	})
}

// stopped deals with a turn that did not end by itself.
func (r *Runtime) stopped(i *invocation, fired bool, err error) error {
	if script := errorsAsScript(err); script != nil && !fired {
		// The host script itself threw: only a bug of ours, or a stack so deep that
		// it had no room to answer, does that. The isolate is sound.
		i.scriptError = mapError(script, i.fn.Bundle)
		r.settleFailure(i, failureOf(i.scriptError))
		return nil
	}
	memory := r.isolate.Memory()
	switch {
	case memory.HeapLimit > r.heapLimit:
		return r.condemn(i, function.ExceededMemory, &function.LimitError{
			Kind: function.LimitHeap, Limit: humanize.IBytes(uint64(r.cfg.Limits.Heap)), Used: humanize.IBytes(memory.Heap),
		})
	case fired:
		return r.condemn(i, function.ExceededCPU, &function.LimitError{
			Kind: function.LimitCPU, Limit: i.fn.Manifest.Limits.CPU.String(), Used: i.cpu.Round(time.Millisecond).String(),
		})
	case errors.Is(err, ErrTerminated):
		return r.condemn(i, function.Crashed, errors.New("the engine terminated execution for a reason it does not name"))
	default:
		return r.condemn(i, function.Crashed, fmt.Errorf("engine fault: %w", err))
	}
}

// lookAtMemory condemns the isolate if its heap ran full in a turn that hid it, or if
// it holds more outside the heap than it may, garbage not counted.
func (r *Runtime) lookAtMemory(i *invocation, x *jsContext) error {
	memory := r.isolate.Memory()
	if memory.HeapLimit > r.heapLimit {
		return r.stopped(i, false, ErrTerminated)
	}
	limit := uint64(r.cfg.Limits.Buffers)
	if memory.External <= limit || x.closed {
		return nil
	}
	if err := x.realm.Collect(); err != nil {
		return r.stopped(i, false, err)
	}
	if memory = r.isolate.Memory(); memory.External <= limit {
		return nil
	}
	return r.condemn(i, function.ExceededMemory, &function.LimitError{
		Kind: function.LimitBuffers, Limit: humanize.IBytes(limit), Used: humanize.IBytes(memory.External),
	})
}

// condemn answers the culprit and gives the isolate up.
func (r *Runtime) condemn(i *invocation, outcome function.Outcome, cause error) error {
	r.answer(i, function.Failure(outcome, cause.Error()))
	r.closed = true
	return &CondemnedError{Function: i.fn.Name, Invocation: i.inv.ID, Outcome: outcome, Cause: cause}
}

// abort answers i from outside and tells its JavaScript.
func (r *Runtime) abort(i *invocation, kind AbortKind, result *function.Result) error {
	message := result.Message
	r.answer(i, result)
	x := i.context
	err := r.enter(i, x, func() error { return x.realm.Abort(i.id, kind, message) })
	r.forget(i)
	x.retire()
	return err
}

// settleFailure answers i and forgets it.
func (r *Runtime) settleFailure(i *invocation, result *function.Result) {
	r.answer(i, result)
	r.forget(i)
	if i.context != nil {
		i.context.retire()
	}
}

// forget drops an invocation with all that it left running.
func (r *Runtime) forget(i *invocation) {
	if r.inflight[i.id] != i {
		return
	}
	i.release()
	delete(r.inflight, i.id)
	if i.context != nil {
		i.context.inflight--
	}
}
