package actors

import "github.com/isolane/isolane/jsruntime/function"

// drain refuses new work from now on, and returns what is closed when the last
// answer is given and nothing is in flight; nil where the pool is closed.
func (d *dispatcher) drain() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.draining.Store(true)
	if d.drained == nil {
		d.drained = make(chan struct{})
	}
	done := d.drained
	d.checkDrained()
	return done
}

// checkDrained ends a Drain whose work is done. The caller holds mu.
func (d *dispatcher) checkDrained() {
	if d.drained == nil || d.pending.Load() > 0 || d.queue.len() > 0 {
		return
	}
	for _, s := range d.slots {
		if !d.idle(s) {
			return
		}
	}
	close(d.drained)
	d.drained = nil
}

// cutOff answers all that is queued, in flight or handed on with canceled, also what is
// in the middle of a turn, and returns how many that were.
func (d *dispatcher) cutOff(message string) int {
	d.mu.Lock()
	d.draining.Store(true)
	d.cut.Store(true)
	now := d.clock.Now()
	var left []*ticket
	for t := d.queue.oldest(); t != nil; t = d.queue.oldest() {
		d.queue.remove(t)
		t.queued = now.Sub(t.received)
		left = append(left, t)
	}
	for _, s := range d.slots {
		for t := s.running.head; t != nil; t = s.running.next(t) {
			left = append(left, t)
		}
	}
	for t := d.away.head; t != nil; t = d.away.next(t) {
		left = append(left, t)
	}
	d.mu.Unlock()
	n := 0
	for _, t := range left {
		if d.settle(t, function.Failure(function.Canceled, message)) {
			n++
		}
	}
	return n
}

// close refuses all from now on and answers what is left. It reports whether this
// was the first time.
func (d *dispatcher) close() bool {
	d.mu.Lock()
	first := !d.closed
	d.closed = true
	if d.sweeper != nil {
		d.sweeper.Stop()
	}
	if d.offerer != nil {
		d.offerer.Stop()
	}
	if d.looker != nil {
		d.looker.Stop()
	}
	d.mu.Unlock()
	if first {
		d.cutOff("the node was shut down before the function had answered")
	}
	return first
}
