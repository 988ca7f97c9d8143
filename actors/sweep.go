package actors

import "time"

// attend sees to t, which is queued now: that it is answered in time, and does not wait for
// itself. The caller holds mu.
func (d *dispatcher) attend(t *ticket, now time.Time) {
	d.arm(t.deadline, now)
	if t.inv.Depth > 0 {
		d.watch(lookEvery)
	}
}

// arm makes sure that the sweep comes no later than at deadline. It sets the timer
// only where it would be late, so that under a steady load it costs nothing. The
// caller holds mu.
func (d *dispatcher) arm(deadline, now time.Time) {
	if deadline.IsZero() || d.closed || (!d.sweepAt.IsZero() && !deadline.Before(d.sweepAt)) {
		return
	}
	d.sweepAt = deadline
	d.set(&d.sweeper, max(deadline.Sub(now), 0), d.sweep)
}

// set has f called after wait, by the timer at t: that is made the first time. The caller holds mu.
func (d *dispatcher) set(t *Timer, wait time.Duration, f func()) {
	if *t == nil {
		*t = d.clock.AfterFunc(wait, f)
		return
	}
	(*t).Reset(wait)
}

// sweep answers what waits in the queue past its deadline, and arms itself for the
// next. It is how work is answered in time while no runtime pulls.
func (d *dispatcher) sweep() {
	d.mu.Lock()
	now := d.clock.Now()
	var answers []answer
	var earliest time.Time
	for t := d.queue.oldest(); t != nil; {
		next := d.queue.all.next(t)
		switch {
		case t.expired(now):
			d.queue.remove(t)
			answers = append(answers, answer{t, d.overdue(t, timedOut(t, now))})
		case !t.deadline.IsZero() && (earliest.IsZero() || t.deadline.Before(earliest)):
			earliest = t.deadline
		}
		t = next
	}
	d.sweepAt = time.Time{}
	d.arm(earliest, now)
	d.mu.Unlock()
	d.give(answers)
}
