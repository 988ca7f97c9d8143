package actors

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime/function"
)

// add makes s known.
func (d *dispatcher) add(s *slot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, _ := slices.BinarySearchFunc(d.slots, s.id, func(s *slot, id int) int { return s.id - id })
	d.slots = slices.Insert(d.slots, at, s)
}

// begin opens a new generation of s, and returns its number.
func (d *dispatcher) begin(s *slot) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.gen++
	return s.gen
}

// ready says that s has an isolate, and whether its actor shall wake itself.
func (d *dispatcher) ready(s *slot, pid *actor.PID) (again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.pid == nil {
		s.pid = pid
	}
	s.phase = serving
	return d.more(s)
}

// retire stops s from being given work, for its actor to drain; work that was on its
// way to it goes to the others.
func (d *dispatcher) retire(s *slot) {
	d.mu.Lock()
	s.draining = true
	claimed := d.kick()
	d.mu.Unlock()
	d.wakeAll(claimed)
}

// forget removes s, whose actor stops; what it still ran is answered canceled.
func (d *dispatcher) forget(s *slot, closeErr error) {
	d.mu.Lock()
	var answers []answer
	for t := s.running.head; t != nil; t = s.running.next(t) {
		if t.returned.CompareAndSwap(false, true) {
			answers = append(answers, answer{t, function.Failure(function.Canceled, "the runtime was stopped")})
		}
	}
	s.empty()
	s.phase = gone
	s.turn.Store(false)
	d.slots = slices.DeleteFunc(d.slots, func(other *slot) bool { return other == s })
	if closeErr != nil {
		d.closeErrs = append(d.closeErrs, closeErr)
	}
	claimed := d.kick()
	d.checkDrained()
	d.mu.Unlock()
	d.wakeAll(claimed)
	d.give(answers)
}
