package stream

import (
	"maps"
	"slices"

	"github.com/isolane/isolane/bridge"
)

// crosses reports whether what runs of c's key waits, one turn for another, for somebody who
// waits for c: none of them would end.
//
// A turn waits for a call where the call is here and not answered, as it says whose it is, and
// where this member runs the turn and knows what it has asked for (Deps.WaitsFor). From each such
// key it goes on to what runs of that. So it finds a ring of any length, wherever its turns run,
// when this member has the order of all its functions; and else one that it has the last but one
// link of. What it cannot see ends at the deadlines.
func (k *keyed) crosses(c *called) bool {
	first, busy := k.runs(c.inv.Keyed.ID)
	if !busy {
		return false
	}
	callers, now := c.inv.Header.Get(bridge.HeaderCallers), k.c.t.deps.Clock()
	orders := k.c.t.orders()
	seen := map[string]bool{first: true}
	for open := []string{first}; len(open) > 0; {
		turn := open[len(open)-1]
		open = open[:len(open)-1]
		if waitsFor := k.c.t.deps.WaitsFor; waitsFor != nil {
			for _, who := range waitsFor(turn) {
				if bridge.WaitedFor(callers, who) {
					return true
				}
			}
		}
		for _, o := range orders {
			for _, key := range o.calls.of(turn, now) {
				if bridge.WaitedFor(callers, bridge.Identity(o.c.trigger.Function, key)) {
					return true
				}
				if next, busy := o.runs(key); busy && !seen[next] {
					seen[next] = true
					open = append(open, next)
				}
			}
		}
	}
	return false
}

// runs is the invocation that runs of a key, or waits for another try.
func (k *keyed) runs(key string) (invocation string, busy bool) {
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	head, busy := k.s.lanes.running(key)
	if !busy {
		return "", false
	}
	switch t := head.(type) {
	case *delivery:
		if t.alarm != nil {
			return k.c.alarmID(t.key, Alarm{Number: t.alarm.number, At: t.alarm.due}), true
		}
		return invocationID(k.c.trigger, t.meta), true
	case *called:
		return t.inv.ID, true
	}
	return "", false
}

// orders are those of keyed functions that this member has now.
func (t *Triggers) orders() (all []*keyed) {
	t.mu.Lock()
	consumers := slices.Collect(maps.Values(t.running))
	consumers = slices.AppendSeq(consumers, maps.Keys(t.leaving))
	t.mu.Unlock()
	for _, c := range consumers {
		c.mu.Lock()
		if c.order != nil && c.order.keyed != nil {
			all = append(all, c.order.keyed)
		}
		c.mu.Unlock()
	}
	return all
}
