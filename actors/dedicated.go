package actors

import (
	"slices"

	"github.com/isolane/isolane/jsruntime/bundle"
)

// refuseDedicated says why fn may not have an isolate of its own, if it asks for one.
// The caller holds mu.
func (d *dispatcher) refuseDedicated(fn *bundle.Function) error {
	if !fn.Manifest.Dedicated || d.cfg.Dedicated == DedicatedAsked {
		return nil
	}
	var holders []string
	for _, rec := range d.registry.dedicated() {
		if rec.name != fn.Name {
			holders = append(holders, rec.name)
		}
	}
	if len(holders) < d.cfg.MaxDedicated {
		return nil
	}
	return &DedicatedError{Function: fn.Name, Limit: d.cfg.MaxDedicated, Holders: holders}
}

// house retires the dedicated runtimes of rec that do not fit fn, its version from now
// on; nil where it was removed. The caller holds mu, and calls staff afterwards.
func (d *dispatcher) house(rec *record, fn *bundle.Function) {
	for _, s := range d.slots {
		switch {
		case s.only != rec || s.draining:
		case fn != nil && sameIsolates(fn, s.serves):
			s.serves = fn
		default:
			s.draining = true
		}
	}
}

// sameIsolates reports whether two versions of a function run in the same isolates: the
// shared ones, or its own with the same limits.
func sameIsolates(a, b *bundle.Function) bool {
	if !a.Manifest.Dedicated || !b.Manifest.Dedicated {
		return a.Manifest.Dedicated == b.Manifest.Dedicated
	}
	return a.Manifest.Limits.Heap == b.Manifest.Limits.Heap && a.Manifest.Limits.Buffers == b.Manifest.Limits.Buffers
}

// hire makes and adds the slots of the dedicated functions that have no runtime, or
// only some that drain. There are never more than two for each function that may be
// dedicated: whoever finds no room is hired when a runtime that drains has stopped.
func (d *dispatcher) hire() []*slot {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	total := 0
	housed := make(map[*record]bool)
	for _, s := range d.slots {
		if s.only != nil {
			total++
			housed[s.only] = housed[s.only] || !s.draining
		}
	}
	var hired []*slot
	for _, rec := range d.registry.dedicated() {
		if total >= 2*d.cfg.MaxDedicated {
			break
		}
		if housed[rec] || !d.housed(rec) {
			continue
		}
		s := newSlot(d.freeDedicated())
		s.only, s.serves = rec, rec.version()
		d.insert(s)
		hired = append(hired, s)
		total++
	}
	return hired
}

// freeDedicated returns the lowest number for a dedicated runtime that is not in use.
// The caller holds mu.
func (d *dispatcher) freeDedicated() int {
	id := FirstDedicated
	first, _ := slices.BinarySearchFunc(d.slots, id, func(s *slot, id int) int { return s.id - id })
	for _, s := range d.slots[first:] {
		if s.id != id {
			break
		}
		id++
	}
	return id
}
