package metrics

import (
	"slices"

	"github.com/isolane/isolane/jsruntime/function"
)

// kindOf is the kind of a trigger as the label has it.
func kindOf(kind string) string {
	if kind == "" {
		return "stream"
	}
	return kind
}

// counted are the counters of triggers, in the order in which the ledger has them.
func counted() []string {
	return []string{
		triggerReceived, triggerAgain, triggerNaks, triggerLetters, triggerUnburied, triggerRecords, triggerUnkept, triggerFaults,
		triggerBatches, triggerUntold, triggerSilent, triggerSpared, triggerPoisoned, keyedRead, keyedReached, keyedPassivated, keyedCommits, keyedApplied,
		keyedFired, keyedAlarmFails,
		keyedHanded, keyedServed, keyedCrossed, keyedForgotten,
	}
}

// streams shows the triggers, all of a kind together: there may be one of each function.
func (c *collector) streams(out sink) {
	type state struct {
		served, failing, held, active, alarms, calls int
		bytes, heldBytes                             int64
	}
	now := map[string]*state{}
	c.triggers.begin()
	c.answered.begin()
	for _, t := range c.src.Triggers() {
		kind := kindOf(t.Kind)
		if now[kind] == nil {
			now[kind] = &state{}
		}
		if t.Fault == "" {
			now[kind].served++
		} else {
			now[kind].failing++
		}
		now[kind].held += t.Held
		now[kind].heldBytes += t.HeldBytes
		now[kind].active += t.Active
		now[kind].bytes += t.ActiveBytes
		now[kind].alarms += t.Alarms
		now[kind].calls += t.CallsWaiting
		c.triggers.count(kind, t.Function, []uint64{
			t.Received, t.Redelivered, t.Naks, t.DeadLetters, t.Unburied, t.Recorded, t.Unrecorded, t.Faults,
			t.Batches, t.Untold, t.MissedHeartbeats, t.Spared, t.Poisoned, t.Activations, t.Reached, t.Passivated, t.Commits, t.Applied,
			t.Fired, t.AlarmFailures,
			t.Handed, t.Served, t.Crossed, t.Forgotten,
		})
		outcomes := make([]uint64, function.Canceled+1)
		for o, n := range t.CallOutcomes {
			outcomes[o] = n
		}
		c.answered.count("", kind+" "+t.Function, outcomes)
	}
	c.triggers.end()
	c.answered.end()
	for _, o := range function.Outcomes() {
		if sums := c.answered.sums[""]; sums != nil {
			out.counter(keyedCalls, sums[o], o.String())
		} else {
			out.counter(keyedCalls, 0, o.String())
		}
	}
	for _, kind := range c.triggers.groups() {
		s := now[kind]
		if s == nil {
			s = &state{}
		}
		out.gauge(triggers, float64(s.served), kind, "served")
		out.gauge(triggers, float64(s.failing), kind, "failing")
		out.gauge(triggerHeld, float64(s.held), kind)
		out.gauge(triggerBytes, float64(s.heldBytes), kind)
		out.gauge(keyedActive, float64(s.active), kind)
		out.gauge(keyedBytes, float64(s.bytes), kind)
		out.gauge(keyedAlarms, float64(s.alarms), kind)
		out.gauge(keyedWaiting, float64(s.calls), kind)
		for i, name := range counted() {
			out.counter(name, c.triggers.sums[kind][i], kind)
		}
	}
}

// schedules shows the due times.
func (c *collector) schedules(out sink) {
	st := c.src.Schedules()
	kept, failing := st.Schedules, 0
	if st.Fault != "" {
		kept, failing = 0, st.Schedules
	}
	out.gauge(schedules, float64(kept), "kept")
	out.gauge(schedules, float64(failing), "failing")
	out.counter(scheduleTimes, st.Published, "published")
	out.counter(scheduleTimes, st.LeftOut, "left_out")
	out.counter(scheduleFaults, st.Faults)
	out.counter(scheduleAhead, st.Ahead)
}

// ledger sums what members of a group count, so that no sum goes down when a member is gone
// or begins anew.
type ledger struct {
	turn uint64
	last map[[2]string]*entry
	sums map[string][]uint64
}

type entry struct {
	n    []uint64
	seen uint64
}

func newLedger() *ledger {
	return &ledger{last: map[[2]string]*entry{}, sums: map[string][]uint64{}}
}

func (l *ledger) begin() { l.turn++ }

// count says what stands counted by a member.
func (l *ledger) count(group, member string, now []uint64) {
	e := l.last[[2]string{group, member}]
	if e == nil {
		e = &entry{n: make([]uint64, len(now))}
		l.last[[2]string{group, member}] = e
	}
	if l.sums[group] == nil {
		l.sums[group] = make([]uint64, len(now))
	}
	for i, v := range now {
		if before := e.n[i]; v >= before {
			l.sums[group][i] += v - before
		} else {
			l.sums[group][i] += v
		}
	}
	e.n, e.seen = now, l.turn
}

// end forgets who was not counted in this turn.
func (l *ledger) end() {
	for key, e := range l.last {
		if e.seen != l.turn {
			delete(l.last, key)
		}
	}
}

// groups are those that ever counted, sorted.
func (l *ledger) groups() []string {
	names := make([]string, 0, len(l.sums))
	for name := range l.sums {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
