package actors

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// House begins (here) or ends the time in which the function of that name has a runtime
// of its own in this pool, while it is deployed with dedicated: true; it may be called
// before that. It is for Config.Dedicated DedicatedAsked, else the error wraps ErrConfig.
// One more than Config.MaxDedicated is refused with a *DedicatedError.
//
// It returns when the isolate was made, or could not be and is tried again; or when the
// runtime has finished what it had in flight and its isolate is closed. What is queued
// for it then goes to Config.Elsewhere. ctx bounds the wait alone: what was begun goes
// on. It is idempotent. After Close it returns ErrClosed.
func (p *Pool) House(ctx context.Context, name string, here bool) error {
	if p.d.cfg.Dedicated != DedicatedAsked {
		return fmt.Errorf("%w: house %s: dedicated functions have their runtimes where they are deployed", ErrConfig, name)
	}
	if err := p.d.settleIn(name, here); err != nil {
		return err
	}
	done := make(chan struct{})
	p.root.Send(p.pid, &staff{done: done})
	if err := p.await(ctx, done); err != nil {
		return fmt.Errorf("actors: house %s: %w", name, err)
	}
	for _, s := range p.d.unsettled(name, here) {
		ch := s.stopped
		if here {
			ch = s.attempted
		}
		if err := p.await(ctx, ch); err != nil {
			return fmt.Errorf("actors: house %s: runtime-%d is still starting or draining: %w", name, s.id, err)
		}
	}
	return nil
}

// Housed returns the functions that House was called for, sorted.
func (p *Pool) Housed() []string {
	p.d.mu.Lock()
	defer p.d.mu.Unlock()
	return slices.Sorted(maps.Keys(p.d.asked))
}

// housed reports whether a dedicated function has its runtime here, or is to have it.
// The caller holds mu.
func (d *dispatcher) housed(rec *record) bool {
	return d.cfg.Dedicated == DedicatedHere || d.asked[rec.name]
}

// settleIn notes that name is housed, or no longer, and retires its runtimes then. The
// supervisor does the rest.
func (d *dispatcher) settleIn(name string, here bool) error {
	now := d.clock.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return ErrClosed
	case here && !d.asked[name] && len(d.asked) >= d.cfg.MaxDedicated:
		return &DedicatedError{Function: name, Limit: d.cfg.MaxDedicated, Holders: slices.Sorted(maps.Keys(d.asked))}
	case here:
		d.asked[name] = true
		return nil
	}
	delete(d.asked, name)
	for _, s := range d.slots {
		if s.onlyName() == name {
			s.draining = true
		}
	}
	d.strand(0, now)
	return nil
}

// unsettled returns the runtimes of name whose first isolate is being made, or those
// that drain.
func (d *dispatcher) unsettled(name string, here bool) []*slot {
	d.mu.Lock()
	defer d.mu.Unlock()
	var slots []*slot
	for _, s := range d.slots {
		if s.onlyName() == name && name != "" && ((here && s.phase == starting && !s.draining) || (!here && s.draining)) {
			slots = append(slots, s)
		}
	}
	return slots
}
