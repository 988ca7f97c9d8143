package actors

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// add makes s known.
func (d *dispatcher) add(s *slot) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.insert(s)
}

// insert is add for a caller that holds mu.
func (d *dispatcher) insert(s *slot) {
	at, _ := slices.BinarySearchFunc(d.slots, s.id, func(s *slot, id int) int { return s.id - id })
	s.most = d.cfg.MaxInflight
	d.slots = slices.Insert(d.slots, at, s)
	d.reassign(nil)
}

// begin opens a new generation of s, and returns its number and the function whose
// limits its isolate is to have; nil for a shared one.
func (d *dispatcher) begin(s *slot) (gen uint64, fn *bundle.Function) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s.gen++
	return s.gen, s.serves
}

// ready says that s has an isolate, and what its actor does next. said is Runtime.Said.
func (d *dispatcher) ready(s *slot, pid *actor.PID, said func() map[*function.Invocation][]function.Verdict) after {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.stuck { // reported when the actor failed by itself, and was restarted
		return vanish
	}
	if s.pid == nil {
		s.pid = pid
	}
	s.phase, s.said = serving, said
	if d.more(s) {
		return goOn
	}
	return rest
}

// retire stops s from being given work, for its actor to drain; work that was on its
// way to it goes to the others.
func (d *dispatcher) retire(s *slot) {
	now := d.clock.Now()
	d.mu.Lock()
	s.draining = true
	d.reassign(s)
	claimed := d.kick()
	d.strand(0, now)
	d.mu.Unlock()
	d.wakeAll(claimed)
}

// forget removes s, whose actor stops; what it still ran is answered canceled.
func (d *dispatcher) forget(s *slot, closeErr error) {
	now := d.clock.Now()
	d.mu.Lock()
	if s.stuck { // everyone was answered when it got stuck; see succeed
		s.phase = gone
		d.mu.Unlock()
		return
	}
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
	s.draining = true
	d.reassign(s)
	if closeErr != nil {
		d.closeErrs = append(d.closeErrs, closeErr)
	}
	claimed := d.kick()
	d.strand(0, now)
	d.checkDrained()
	d.mu.Unlock()
	d.wakeAll(claimed)
	d.give(answers)
}
