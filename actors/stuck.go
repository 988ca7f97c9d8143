package actors

import (
	"errors"
	"slices"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// stuck gives up the isolate of s, whose actor is in a turn that cannot be stopped:
// the culprit is answered with why, the others as where an isolate is lost, and the
// version that ran is refused until another one is deployed. From now on nothing that
// the actor of s says changes anything. It reports false, having done nothing, where
// the isolate of that generation was lost, closed or given up before.
//
// It is called from any goroutine; who loses a race with the turn's own end is told
// by slot.stuck, and by the tickets' compare-and-swap.
func (d *dispatcher) stuck(s *slot, gen uint64, why *jsruntime.CondemnedError) bool {
	now := d.clock.Now()
	l := lossOf(why, nil)
	d.mu.Lock()
	if s.gen != gen || s.phase != serving {
		d.mu.Unlock()
		return false
	}
	s.stuck = true
	d.stuckAll++
	d.stuckNow++
	d.wear()
	var answers []answer
	culprit := s.culprit(why)
	if culprit != nil && culprit.returned.CompareAndSwap(false, true) {
		res := function.Failure(why.Outcome, reason(why))
		res.Verdicts = l.said[culprit.inv]
		res.Loss = &function.Loss{Isolate: d.isolate(s.id, s.gen), Suspect: true, Cause: l.String()}
		answers = append(answers, answer{culprit, res})
	}
	d.reassign(s)
	d.quarantine.stick(why.Function, why.Version, l.String())
	answers = append(answers, d.bury(s, l, l.String(), now)...)
	answers = append(answers, d.hold(why.Function, now)...)
	claimed := d.kick()
	d.strand(0, now)
	d.checkDrained()
	d.mu.Unlock()
	d.wakeAll(claimed)
	d.give(answers)
	return true
}

// wear tells when as many turns are stuck as may be. The caller holds mu.
func (d *dispatcher) wear() {
	if d.cfg.MaxStuck == 0 || d.stuckNow < d.cfg.MaxStuck {
		return
	}
	select {
	case <-d.worn: // once
	default:
		close(d.worn)
	}
}

// culprit returns the ticket in flight that condemned the isolate, or nil: it may have
// been answered, and go on in ctx.waitUntil.
func (s *slot) culprit(why *jsruntime.CondemnedError) *ticket {
	for t := s.running.head; t != nil && why.Culprit != nil; t = s.running.next(t) {
		if t.inv == why.Culprit {
			return t
		}
	}
	return nil
}

// reason is what the culprit is told.
func reason(why *jsruntime.CondemnedError) string {
	if why.Cause == nil {
		return why.Error()
	}
	if limit, ok := errors.AsType[*function.LimitError](why.Cause); ok {
		return limit.Message()
	}
	return why.Cause.Error()
}

// succeed puts another slot in the place of s, which is stuck: of the same number, with
// its history, and without an actor yet. It returns nil, and takes s out, where s was
// to stop anyway.
func (d *dispatcher) succeed(s *slot) *slot {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slots = slices.DeleteFunc(d.slots, func(other *slot) bool { return other == s })
	d.reassign(s)
	if s.draining || d.closed {
		d.checkDrained()
		return nil
	}
	next := newSlot(s.id)
	next.only, next.serves = s.only, s.serves
	next.phase, next.gen, next.restarts = backingOff, s.gen, s.restarts
	next.lastLoss, next.lostAt = s.lastLoss, s.lostAt
	d.insert(next)
	return next
}

// back counts that an actor which was stuck has stopped.
func (d *dispatcher) back() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.stuckNow--
}

// isStuck reports whether s was given up.
func (d *dispatcher) isStuck(s *slot) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return s.stuck
}
