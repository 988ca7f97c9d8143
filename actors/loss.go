package actors

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// loss is the end of an isolate.
type loss struct {
	cause error
	// culprit is the function that condemned it; "" where none is known.
	culprit string
	// suspect is what was in the turn when Go code panicked, as the isolate was given it: it is
	// not run again, since it may be the cause.
	suspect *function.Invocation
	// said is what those in flight had said of messages, by what the isolate was given.
	said map[*function.Invocation][]function.Verdict
}

// lossOf reads what Invoke or Handle returned. running is what it was called for, or nil
// where that was all that the isolate had.
func lossOf(err error, running *function.Invocation) loss {
	l := loss{cause: err}
	if condemned, ok := errors.AsType[*jsruntime.CondemnedError](err); ok {
		l.culprit, l.said = condemned.Function, condemned.Said
		return l
	}
	if _, panicked := errors.AsType[*PanicError](err); panicked && running != nil {
		l.suspect, l.culprit = running, running.Function
	}
	return l
}

// String says in half a line why the isolate died.
func (l loss) String() string {
	if condemned, ok := errors.AsType[*jsruntime.CondemnedError](l.cause); ok && condemned.Function != "" {
		return fmt.Sprintf("%s of function %s (%v)", condemned.Outcome, condemned.Function, condemned.Cause)
	}
	return l.cause.Error()
}

// lost takes the isolate of s out of service: what was in flight is put back at the
// front of the queue, or answered crashed, at once; the others are woken for what
// had been on its way to s. It is called by the actor of s, and reports false, having
// done nothing, where that was given up as stuck already.
func (d *dispatcher) lost(s *slot, l loss) bool {
	now := d.clock.Now()
	why := l.String()
	d.mu.Lock()
	if s.stuck {
		d.mu.Unlock()
		return false
	}
	answers := d.bury(s, l, why, now)
	s.turn.Store(false)
	if d.quarantine.condemned(l.culprit, why, now) {
		answers = append(answers, d.hold(l.culprit, now)...)
	}
	claimed := d.kick()
	d.strand(0, now)
	d.checkDrained()
	d.mu.Unlock()
	d.wakeAll(claimed)
	d.give(answers)
	return true
}

// bury notes the end of the isolate of s, and decides what becomes of each ticket
// that it had in flight and that has no answer. The caller holds mu.
func (d *dispatcher) bury(s *slot, l loss, why string, now time.Time) []answer {
	d.lostAll.Add(1)
	s.phase, s.lastLoss, s.lostAt = backingOff, why, now
	s.said = nil
	s.restarts++
	var answers []answer
	for t := s.running.tail; t != nil; {
		prev := t.links[ordered].prev
		if t.returned.CompareAndSwap(false, true) {
			if again := d.fate(t, l, now); again == nil {
				res := crashed(t, l, why)
				res.Verdicts = l.said[t.inv]
				res.Loss = &function.Loss{Isolate: d.isolate(s.id, s.gen), Suspect: t.inv == l.suspect, Cause: why}
				answers = append(answers, answer{t, res})
			} else if held, ok := d.held(again, now); ok {
				answers = append(answers, answer{again, d.quarantined(t.rec.name, held, now)})
			} else {
				d.assign(again)
				d.queue.pushFront(again) // from the youngest to the oldest: the order stays
				d.attend(again, now)
			}
		}
		t = prev
	}
	s.empty()
	return answers
}

// fate returns the ticket of another attempt, or nil where t is to be answered. The
// caller holds mu.
func (d *dispatcher) fate(t *ticket, l loss, now time.Time) *ticket {
	if t.inv == l.suspect || l.ruled(t) || d.closed || d.cut.Load() || homeless(t) || !mayRunAgain(t.fn.Manifest.Idempotent, t.runs, d.cfg.MaxAttempts) {
		return nil
	}
	if !t.state.CompareAndSwap(ticketOpen, ticketMoved) {
		return nil
	}
	d.requeued.Add(1)
	t.moved(l.String())
	return t.again(now)
}

// ruled reports whether t said of a message what is to become of it: that stands, so t is not
// run again. Who sent the messages hears of it, and sends again those that are left.
func (l loss) ruled(t *ticket) bool {
	return slices.ContainsFunc(l.said[t.inv], func(v function.Verdict) bool { return v.Action != function.Unsaid })
}

// isolate names an isolate by its runtime and generation.
func (d *dispatcher) isolate(runtime int, gen uint64) string {
	return fmt.Sprintf("%s/runtime-%d#%d", d.cfg.Node, runtime, gen)
}

// hold empties the queue of a function that was just quarantined: each of its calls
// might cost another isolate. The caller holds mu.
func (d *dispatcher) hold(name string, now time.Time) []answer {
	rec := d.registry.lookup(name)
	if rec == nil || d.quarantine.none() {
		return nil
	}
	return d.clear(rec, func(t *ticket) *function.Result {
		if held, ok := d.held(t, now); ok {
			return d.quarantined(name, held, now)
		}
		return nil
	})
}

// homeless reports whether no runtime could run t again: its function had an isolate
// of its own and was removed.
func homeless(t *ticket) bool {
	return t.fn.Manifest.Dedicated && t.rec.version() == nil
}

// crashed says to an innocent that its isolate died, why, and what can be done.
func crashed(t *ticket, l loss, why string) *function.Result {
	switch {
	case t.inv == l.suspect:
		return function.Failure(function.Crashed, "the runtime failed while it ran this invocation: "+why)
	case t.fn.Manifest.Idempotent && l.ruled(t):
		return function.Failure(function.Crashed, fmt.Sprintf("the isolate died because of another invocation: %s; not run again here, since it had said what is to become of messages", why))
	case t.fn.Manifest.Idempotent && homeless(t):
		return function.Failure(function.Crashed, fmt.Sprintf("the isolate died because of another invocation: %s; not run again, since the function was removed meanwhile", why))
	case t.fn.Manifest.Idempotent:
		return function.Failure(function.Crashed, fmt.Sprintf("the isolate died because of another invocation: %s; given up after %d attempts", why, t.runs))
	default:
		return function.Failure(function.Crashed, fmt.Sprintf("the isolate died because of another invocation: %s; not run again, since the function is not declared idempotent", why))
	}
}
