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
	limits := i.fn.Manifest.Limits
	r.turn, r.turnBegan = i, time.Now()
	budget := max(limits.CPU-i.cpu, time.Microsecond)
	// A turn that waits for its thread costs no time on it, and holds the others up.
	wall := limits.Wall + limits.CPU
	r.watchdog.arm(r.turnBegan, i, x.vm.isolate, budget, wall)
	err := run()
	// V8 reports no error where it was a microtask that had to be stopped: what the
	// turn left in the outbox does not count then.
	if err == nil && !r.watchdog.hasFired() {
		err = r.empty(x)
	}
	fired, spent := r.watchdog.disarm()
	r.turn = nil
	i.cpu += spent
	r.spent += spent
	r.count(i, x, spent)
	if err != nil || fired {
		return r.stopped(i, x, fired, err)
	}
	r.finishTurn(i, time.Time{})
	x.retire()
	r.turns++
	if spent > longTurn || r.turns%lookEvery == 0 || x.vm.swelled(limits.Buffers) {
		return r.lookAtMemory(i, x)
	}
	return nil
}

// finishTurn notes that a turn left an invocation pending at ended, or now where that is zero,
// and arms its deadline. Most
// invocations never come here twice, and need no timer.
func (r *Runtime) finishTurn(i *invocation, ended time.Time) {
	if r.inflight[i.id] != i {
		return
	}
	if i.left = ended; ended.IsZero() {
		i.left = time.Now()
	}
	if r.cfg.Play != nil {
		r.playOn(i)
		return
	}
	if i.deadline != nil {
		return
	}
	i.deadline = time.AfterFunc(time.Until(i.expires()), func() {
		r.cfg.Post(Event{kind: eventDeadline, invocation: i, at: time.Now()})
	})
}

// stopped deals with a turn that did not end by itself.
func (r *Runtime) stopped(i *invocation, x *jsContext, fired bool, err error) error {
	if script := errorsAsScript(err); script != nil && !fired && !x.vm.isolate.Memory().Exhausted {
		// The host script itself threw: only a bug of ours, or a stack so deep that
		// it had no room to answer, does that. The isolate is sound.
		i.scriptError = mapError(script, i.fn.Bundle)
		r.settleFailure(i, failureOf(i.scriptError))
		return nil
	}
	memory := x.vm.isolate.Memory()
	i.heap = max(i.heap, memory.Heap, memory.Peak)
	switch {
	case memory.HeapLimit > x.vm.heapLimit:
		return r.condemn(i, x, function.ExceededMemory, &function.LimitError{
			Kind: function.LimitHeap, Limit: humanize.IBytes(uint64(x.vm.heap)), Used: humanize.IBytes(max(memory.Heap, memory.Peak)),
		})
	case memory.Exhausted:
		return r.outOfBuffers(i, x, memory.External+memory.Wanted)
	case fired && i.cpu < i.fn.Manifest.Limits.CPU: // the turn took all the wall time there is, most of it waiting
		return r.condemn(i, x, function.Timeout, &function.LimitError{
			Kind: function.LimitWall, Limit: i.fn.Manifest.Limits.Wall.String(), Used: time.Since(i.began).Round(time.Millisecond).String(),
		})
	case fired:
		return r.condemn(i, x, function.ExceededCPU, r.cpuError(i, i.cpu))
	case errors.Is(err, ErrTerminated):
		return r.condemn(i, x, function.Crashed, errors.New("the engine terminated execution for a reason it does not name"))
	default:
		return r.condemn(i, x, function.Crashed, fmt.Errorf("engine fault: %w", err))
	}
}

// cpuError says that i has spent more than it may.
func (r *Runtime) cpuError(i *invocation, spent time.Duration) *function.LimitError {
	return &function.LimitError{Kind: function.LimitCPU, Limit: i.fn.Manifest.Limits.CPU.String(), Used: spent.Round(time.Millisecond).String()}
}

// stuck tells the owner that the turn of i cannot be stopped. It runs on the
// watchdog's goroutine and touches nothing that changes.
func (r *Runtime) stuck(i *invocation, spent time.Duration, lost *function.LimitError) {
	if r.cfg.Stuck == nil {
		return
	}
	condemned := &CondemnedError{
		Function: i.fn.Name, Version: i.fn.Version, Invocation: i.inv.ID, Culprit: i.inv,
		Outcome: function.ExceededCPU, Cause: r.cpuError(i, spent), Said: r.said.all(),
	}
	if lost != nil {
		condemned.Outcome, condemned.Cause = function.ExceededMemory, lost
	}
	r.cfg.Stuck(condemned)
}

// condemn answers the culprit and gives its isolate up.
func (r *Runtime) condemn(i *invocation, x *jsContext, outcome function.Outcome, cause error) error {
	failure := function.Failure(outcome, told(cause))
	if !x.vm.own {
		failure.Loss = &function.Loss{Suspect: true, Cause: outcome.String() + ": " + failure.Message}
	}
	r.answer(i, failure)
	if x.vm.own {
		i.lost = cause
		r.forget(i)
		r.contexts.forget(x) // nobody else is in it
		x.close()
		return nil
	}
	return r.giveUp(&CondemnedError{
		Function: i.fn.Name, Version: i.fn.Version, Invocation: i.inv.ID, Culprit: i.inv, Outcome: outcome, Cause: cause,
	})
}

// told is what the culprit hears of a cause.
func told(cause error) string {
	if limit, ok := errors.AsType[*function.LimitError](cause); ok {
		return limit.Message()
	}
	return cause.Error()
}

// giveUp ends the use of the shared isolate.
func (r *Runtime) giveUp(condemned *CondemnedError) error {
	r.closed = true
	return condemned
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
	r.said.forget(i)
	delete(r.inflight, i.id)
	if i.context != nil {
		i.context.inflight--
	}
}
