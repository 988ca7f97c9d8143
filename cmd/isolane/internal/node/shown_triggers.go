package node

import (
	"cmp"

	"github.com/isolane/isolane/bridge/service"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// ofStream is the kind of a trigger that has none: the manifest's stream.
const ofStream = "stream"

// shownTriggers are the node's, as it tells who asks.
func (n *Node) shownTriggers() admin.Triggers {
	due := n.scheduleStats()
	out := admin.Triggers{
		Node: n.cfg.Node.Name, Triggers: []admin.Trigger{},
		Schedules: admin.Schedules{Kept: due.Schedules, Fault: due.Fault, Published: due.Published, LeftOut: due.LeftOut},
	}
	for _, t := range n.triggerStats() {
		out.Triggers = append(out.Triggers, admin.Trigger{
			Function: t.Function, Kind: cmp.Or(t.Kind, ofStream), Stream: t.Stream, Consumer: t.Consumer, Fault: t.Fault,
			Held: t.Held, Window: t.Window, Deliveries: t.Received, Redelivered: t.Redelivered, Batches: t.Batches,
			Naks: t.Naks, DeadLetters: t.DeadLetters, Unburied: t.Unburied, Faults: t.Faults, Outcomes: inWords(t.Outcomes),
		})
	}
	return out
}

// triggersOf are those of each function as the NATS service shows them.
func triggersOf(all []stream.Stats) map[string][]service.Trigger {
	byFunction := map[string][]service.Trigger{}
	for _, t := range all {
		byFunction[t.Function] = append(byFunction[t.Function], service.Trigger{
			Kind: cmp.Or(t.Kind, ofStream), Stream: t.Stream, Consumer: t.Consumer, Fault: t.Fault,
			Held: t.Held, Deliveries: t.Received, Redelivered: t.Redelivered, Batches: t.Batches,
			Naks: t.Naks, DeadLetters: t.DeadLetters,
		})
	}
	return byFunction
}
