package actors

import "math/rand/v2"

// What follows is for the policies that give an invocation its runtime as it comes. The
// tickets of one are in slot.assigned; those that came while there was none are in
// queue.loose. The dispatcher's mu guards all of it.

// pushes reports whether t is given its runtime as it comes. The caller holds mu.
func (d *dispatcher) pushes(t *ticket) bool {
	if d.cfg.Policy == Pull {
		return false
	}
	fn := t.version()
	return fn == nil || !fn.Manifest.Dedicated
}

// assign gives t a runtime, where there is one that takes work at all.
func (d *dispatcher) assign(t *ticket) {
	if t.to != nil && !t.to.draining && !t.to.stuck {
		return
	}
	t.to = nil
	if !d.pushes(t) {
		return
	}
	n := 0
	for _, s := range d.slots {
		if s.only == nil && !s.draining && !s.stuck {
			n++
		}
	}
	if n == 0 {
		return
	}
	i := d.cfg.Policy.index(t.rec.name, n, d.assigned, rand.Uint64())
	d.assigned++
	for _, s := range d.slots {
		if s.only == nil && !s.draining && !s.stuck {
			if i == 0 {
				t.to = s
				return
			}
			i--
		}
	}
}

// reassign gives what waits for s, which takes no more work, or for nobody (nil), to
// others. The caller kicks.
func (d *dispatcher) reassign(s *slot) {
	if d.cfg.Policy == Pull {
		return
	}
	from := &d.queue.loose
	if s != nil {
		from = &s.assigned
	}
	for t := from.head; t != nil; {
		next := from.next(t)
		d.queue.detach(t)
		t.to = nil
		d.assign(t)
		d.queue.attach(t) // in its place, which may be the same list's
		t = next
	}
}

// attach lists t with those that wait for its runtime.
func (q *queue) attach(t *ticket) {
	switch {
	case !q.pushing:
	case t.to != nil:
		t.to.assigned.insert(t)
	default:
		q.loose.insert(t)
	}
}

// detach undoes attach.
func (q *queue) detach(t *ticket) {
	switch {
	case !q.pushing:
	case t.to != nil:
		t.to.assigned.remove(t)
	default:
		q.loose.remove(t)
	}
}
