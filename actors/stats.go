package actors

import (
	"errors"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/jsruntime/function"
)

// State is what a runtime is doing.
type State string

// The states of a runtime.
const (
	// StateStarting: its first isolate is being made.
	StateStarting State = "starting"
	// StateIdle: it would pull at once. Invocations that wait for IO may be in flight.
	StateIdle State = "idle"
	// StateBusy: it is in a turn, or about to be.
	StateBusy State = "busy"
	// StateDraining: it finishes what it has, and stops.
	StateDraining State = "draining"
	// StateBackoff: its isolate is lost, and the next one not made yet.
	StateBackoff State = "backoff"
)

// RuntimeStats is a snapshot of one runtime.
type RuntimeStats struct {
	ID int
	// Function is the only one that it serves; "" for a shared runtime.
	Function string
	State    State
	// Inflight is the number of invocations that have started and not settled.
	Inflight int
	// Generation counts the isolates that were begun, from 1.
	Generation uint64
	// Restarts counts the isolates that were lost, or could not be made.
	Restarts int
	// LastLoss says why the last one was lost; "" where none was. LostAt is when.
	LastLoss string
	LostAt   time.Time
}

// Stats is a snapshot of a Pool. Its counters begin at zero with the Pool.
type Stats struct {
	Runtimes []RuntimeStats // by ID: the shared ones, then the dedicated ones
	// Queue is the number of invocations that wait to start, Oldest how long ago
	// the first of them was received.
	Queue  int
	Oldest time.Duration
	// Pending is the number of accepted invocations without an answer.
	Pending int
	// Accepted counts what was queued, Requeued what was put back because an isolate
	// died, Late the results dropped because the answer had been given, Lost the
	// isolates that died or could not be made.
	Accepted, Requeued, Late, Lost uint64
	// Spilled counts what Config.Overflow or Config.Elsewhere took; Away is what of it has
	// no answer yet, or is being offered.
	Spilled uint64
	Away    int
	// Shed counts what was refused since it waited, or would have, for too long; FullFor
	// what was refused since its function had its part of the queue.
	Shed, FullFor uint64
	// Knotted counts what was refused since it would have waited for itself, by way of others.
	Knotted uint64
	// Stuck counts the isolates among the lost whose turn could not be stopped;
	// StuckNow are those whose turn has not returned, and holds a thread.
	Stuck    uint64
	StuckNow int
	// Outcomes counts all answers, those to what was refused included, but for those that
	// another node counts, since its name is in the receipt.
	Outcomes map[function.Outcome]uint64
	// Waits counts how long started invocations had waited for it, each start by itself.
	Waits latency.Counts
	// Worked is how long shared runtimes were in turns, all together; a turn counts when
	// it ends.
	Worked time.Duration
	// Nested is how many of Queue are calls by functions, which wait for them.
	Nested int
	// Used sums what the receipts of the answers say that Outcomes counts.
	Used Used
	// Volleys counts what was run together.
	Volleys Volleys
	// Quarantined names the functions that are refused as they are deployed, sorted.
	Quarantined []string
}

// Volleys counts the calls of one function that a runtime took two or more of at a time.
type Volleys struct {
	// Taken counts the volleys, Calls what was in them, Returned those calls that went back
	// into the queue since the ones before took too long.
	Taken, Calls, Returned uint64
}

// Stats returns a snapshot; counters may be ahead of one another by what is under
// way.
func (p *Pool) Stats() Stats { return p.d.stats() }

func (d *dispatcher) stats() Stats {
	st := Stats{
		Accepted: d.accepted.Load(), Requeued: d.requeued.Load(), Late: d.late.Load(), Lost: d.lostAll.Load(),
		Spilled: d.spilled.Load(), Shed: d.shedAll.Load(), FullFor: d.fullFor.Load(), Knotted: d.knotted.Load(),
		Outcomes: d.counts.snapshot(),
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	st.Pending, st.Queue = int(d.pending.Load()), d.queue.len()
	st.Away, st.Nested, st.Used, st.Volleys = d.away.n, d.queue.nested, d.used.sum(), d.volleys
	if t := d.queue.oldest(); t != nil {
		st.Oldest = now.Sub(t.received)
	}
	st.Stuck, st.StuckNow = d.stuckAll, d.stuckNow
	st.Waits, st.Worked = d.waits, d.worked
	for _, s := range d.slots {
		st.Runtimes = append(st.Runtimes, RuntimeStats{
			ID: s.id, Function: s.onlyName(), State: s.state(), Inflight: max(s.inflight, s.running.n), Generation: s.gen,
			Restarts: s.restarts, LastLoss: s.lastLoss, LostAt: s.lostAt,
		})
	}
	st.Quarantined = d.quarantinedNow(now)
	return st
}

// quarantinedNow names the functions that are refused, sorted. The caller holds mu.
func (d *dispatcher) quarantinedNow(now time.Time) []string {
	var names []string
	for _, name := range d.quarantine.names() {
		version := ""
		if rec := d.registry.lookup(name); rec != nil {
			if fn := rec.version(); fn != nil {
				version = fn.Version
			}
		}
		if _, held := d.quarantine.check(name, version, now); held {
			names = append(names, name)
		}
	}
	return names
}

// onlyName names the function that a dedicated runtime serves.
func (s *slot) onlyName() string {
	if s.only == nil {
		return ""
	}
	return s.only.name
}

// state says in one word what s is doing. The caller holds mu.
func (s *slot) state() State {
	switch {
	case s.draining:
		return StateDraining
	case s.phase == starting:
		return StateStarting
	case s.phase == backingOff:
		return StateBackoff
	case s.turn.Load() || s.woken.Load():
		return StateBusy
	default:
		return StateIdle
	}
}

// retired reports whether s drains.
func (d *dispatcher) retired(s *slot) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return s.draining
}

// anyServing returns nil where at least one runtime has an isolate, else why not.
func (d *dispatcher) anyServing() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := ErrNoRuntime
	for _, s := range d.slots {
		if s.phase == serving {
			return nil
		}
		err = errors.Join(err, fmt.Errorf("runtime-%d: %s", s.id, s.lastLoss))
	}
	return err
}

// pids returns the actors of the runtimes that have had an isolate.
func (d *dispatcher) pids() []*actor.PID {
	d.mu.Lock()
	defer d.mu.Unlock()
	var pids []*actor.PID
	for _, s := range d.slots {
		if s.pid != nil {
			pids = append(pids, s.pid)
		}
	}
	return pids
}

// closeError joins what closing the isolates returned.
func (d *dispatcher) closeError() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return errors.Join(d.closeErrs...)
}
