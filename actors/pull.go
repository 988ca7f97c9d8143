package actors

import (
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// next gives the runtime of s what it runs next, and marks it busy: one ticket, or
// several of one function that are run together, appended to volley; none where there is
// nothing for it. Tickets past their deadline, or whose function is gone, are answered on
// the way. It consumes the outstanding wake.
func (d *dispatcher) next(s *slot, volley []*ticket) ([]*ticket, *bundle.Function) {
	now := d.clock.Now()
	d.mu.Lock()
	s.woken.Store(false)
	t, answers := d.pull(s, now)
	if t != nil {
		volley = d.pullMore(s, t, append(volley, t), now)
	}
	claimed := d.kick()
	d.mu.Unlock()
	d.wakeAll(claimed)
	d.give(answers)
	if t == nil {
		return volley, nil
	}
	return volley, t.fn
}

// pull moves a ticket from the queue to s. The caller holds mu.
func (d *dispatcher) pull(s *slot, now time.Time) (*ticket, []answer) {
	var answers []answer
	for s.open() {
		t := d.queue.find(s, d.cfg.Affinity)
		if t == nil {
			break
		}
		d.queue.take(t, s)
		if t.expired(now) {
			answers = append(answers, answer{t, timedOut(t, now)})
			continue
		}
		fn := t.version()
		if fn == nil {
			answers = append(answers, answer{t, function.Failure(function.NotFound, notFound(t.rec.name))})
			continue
		}
		d.begins(t, fn, s, now)
		s.turn.Store(true)
		return t, answers
	}
	return nil, answers
}

// begins notes that t is handed to the runtime of s, to run fn. The caller holds mu.
func (d *dispatcher) begins(t *ticket, fn *bundle.Function, s *slot, now time.Time) {
	d.waited(t, fn, now)
	t.fn, t.runtime, t.queued = fn, s.id, now.Sub(t.received)
	t.runs++
	d.started(t, now)
	if s.only == nil {
		d.delay.add(now.Sub(t.entered), now)
		t.charged = d.queue.turns.Serve(&t.rec.flow)
	}
	s.inflight++
	s.function(t.rec).inflight++
	s.running.pushBack(t)
}

// enter marks s busy for a turn that is no pull. Where a wake is on its way, which
// now has to wait for the turn, the work is handed on to whoever is free.
func (d *dispatcher) enter(s *slot) {
	s.turn.Store(true)
	if !s.woken.Load() {
		return
	}
	d.mu.Lock()
	claimed := d.kick()
	d.mu.Unlock()
	d.wakeAll(claimed)
}

// report is what a runtime actor tells after a turn. The slices are the caller's
// again when leave returns.
type report struct {
	// inflight is Runtime.Inflight.
	inflight int
	// returned are the tickets that the isolate is done with.
	returned []*ticket
	// warm are the functions whose context came or went.
	warm []warmth
	// started are the tickets whose first turns these were, if any; rec is the function that
	// is charged with spent, nil where that is not known.
	started []*ticket
	rec     *record
	spent   time.Duration
}

// warmth says which version of a function has a context; "" for none.
type warmth struct {
	rec     *record
	version string
}

// after is what a runtime actor does when its turn is over.
type after int

const (
	// rest: wait for the next message.
	rest after = iota
	// goOn: wake itself, for which it is claimed.
	goOn
	// finish: it has drained, and stops.
	finish
	// vanish: it was given up as stuck meanwhile; it closes its isolate and says no more.
	vanish
)

// leave ends a turn: it takes the runtime's report, and says what the actor does next.
func (d *dispatcher) leave(s *slot, r *report) after {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.stuck {
		return vanish
	}
	d.charge(s, r)
	for _, t := range r.returned {
		s.running.remove(t)
		s.function(t.rec).inflight--
	}
	for _, w := range r.warm {
		s.function(w.rec).warm = w.version
	}
	s.inflight = r.inflight
	s.turn.Store(false)
	d.checkDrained()
	switch {
	case s.draining && d.idle(s):
		return finish
	case !s.draining && d.more(s):
		return goOn
	default:
		return rest
	}
}

// charge has the function whose turn it was pay for it. The caller holds mu.
func (d *dispatcher) charge(s *slot, r *report) {
	if s.only == nil {
		d.worked += r.spent
	}
	switch {
	case r.rec == nil:
	case len(r.started) > 0:
		for _, t := range r.started { // of one function: what each took is the same to it
			each := r.spent / time.Duration(len(r.started))
			if s.only != nil {
				r.rec.flow.Learn(each)
			} else {
				d.queue.turns.Settle(&r.rec.flow, t.charged, each)
			}
		}
	case s.only != nil:
	default:
		d.queue.turns.Charge(&r.rec.flow, r.spent)
	}
}

// pay is charge for a turn that cost the isolate.
func (d *dispatcher) pay(s *slot, r *report) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.charge(s, r)
}

// more claims s for itself where there is queued work and room for it. The caller
// holds mu and is the actor of s, so that no turn can be running.
func (d *dispatcher) more(s *slot) bool {
	if !s.open() || s.woken.Load() || d.queue.find(s, d.cfg.Affinity) == nil {
		return false
	}
	s.woken.Store(true)
	return true
}

// idle reports whether nothing is in flight in s: nothing is that was not given up.
// The caller holds mu.
func (d *dispatcher) idle(s *slot) bool {
	if s.stuck {
		return true
	}
	return s.inflight == 0 && s.running.n == 0 && !s.turn.Load()
}
