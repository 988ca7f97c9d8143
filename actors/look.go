package actors

import (
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// lookEvery is how often it is looked whether calls that others wait for would wait for
	// themselves, as long as any are queued. It takes two looks to know: at the first the
	// isolates are asked.
	lookEvery = 20 * time.Millisecond
	// lookShare bounds what looks take where there is much to look at: one part of so many, but
	// that they are no further apart than lookMost.
	lookShare = 20
	lookMost  = 500 * time.Millisecond
)

// watch makes sure that there will be a look. The caller holds mu.
func (d *dispatcher) watch(wait time.Duration) {
	if d.looking || d.closed {
		return
	}
	d.looking = true
	d.set(&d.looker, wait, d.lookAround)
}

// lookAround breaks the knots that there are, and asks the isolates anew what is waited for in
// them where calls are held up by limits.inflight. That a knot is seen one look later does no
// harm: it stays as it is.
func (d *dispatcher) lookAround() {
	d.mu.Lock()
	now := d.clock.Now()
	d.looking = false
	if d.closed {
		d.mu.Unlock()
		return
	}
	held := d.heldUp(now)
	var offers []offered
	var answers []answer
	if len(held) > 0 {
		offers, answers = d.unknot(held, now)
	}
	ask := d.holders(held)
	if d.queue.nested > 0 {
		d.watch(min(max(lookEvery, lookShare*d.clock.Now().Sub(now)), lookMost))
	}
	d.offers.Add(1)
	d.mu.Unlock()
	defer d.offers.Done()
	for _, s := range ask {
		d.look(s)
	}
	d.give(answers)
	for _, o := range offers {
		o.run(d)
	}
}

// heldUp are the queued calls that others wait for and that limits.inflight keeps from
// beginning, in each isolate that may run them. The caller holds mu.
func (d *dispatcher) heldUp(now time.Time) []*ticket {
	var held []*ticket
	for _, rec := range d.queue.records {
		for t := rec.nested.head; t != nil; t = rec.nested.next(t) {
			if d.isHeld(t, now) {
				held = append(held, t)
			}
		}
	}
	return held
}

// isHeld reports whether t, which is queued, has no room as long as nothing ends that is in
// flight of its function, and that is all that it waits for. The caller holds mu.
func (d *dispatcher) isHeld(t *ticket, now time.Time) bool {
	limit := t.inflightLimit()
	if limit <= 0 || t.expired(now) {
		return false
	}
	homes := 0
	for _, s := range d.slots {
		if !s.mayRun(t) {
			continue
		}
		if s.phase != serving || t.rec.index >= len(s.functions) || s.functions[t.rec.index].inflight < limit {
			return false // there is room, or will be with the next isolate
		}
		homes++
	}
	return homes > 0
}

// mayRun reports whether t may begin in s, now or later. The caller holds mu.
func (s *slot) mayRun(t *ticket) bool {
	fn := t.version()
	if fn == nil || s.draining || s.stuck || t.to != nil && t.to != s {
		return false
	}
	if fn.Manifest.Dedicated {
		return s.only == t.rec
	}
	return s.only == nil
}

// inflightLimit is limits.inflight as it counts for t in one isolate; 0 for none.
func (t *ticket) inflightLimit() int {
	fn := t.version()
	if fn == nil || fn.Manifest.Limits.Inflight <= 0 {
		return 0
	}
	if t.inv.Recursive { // those that wait for it would keep its place
		return function.Headroom(fn.Manifest.Limits.Inflight, t.inv.Depth)
	}
	return fn.Manifest.Limits.Inflight
}

// holders are the isolates to be asked, since held is not empty: any may have calls that wait. The
// others' answers of the time before are dropped. The caller holds mu.
func (d *dispatcher) holders(held []*ticket) []*slot {
	var ask []*slot
	for _, s := range d.slots {
		switch {
		case len(held) == 0:
			s.requests = nil
		case s.phase == serving && !s.stuck && s.running.n > 0:
			ask = append(ask, s)
		}
	}
	return ask
}

// looked takes in what the isolate of s said. What it said before stays true until then: a call that
// waits for its requests alone has no turn before one of them has ended, and that is seen here.
func (d *dispatcher) looked(s *slot, requests map[*function.Invocation][]int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.looking && s.phase == serving && !s.stuck {
		s.requests = requests
	}
}
