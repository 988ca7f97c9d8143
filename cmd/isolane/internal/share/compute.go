package share

import (
	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/placement"
)

// Of returns each member's share of total, by name. Members that are gone, drain, or are
// clients have none. A suspect one keeps its share until it is known to be dead.
func Of(total int, members []gossip.Member) map[string]int {
	return placement.Shares(total, working(members))
}

// working returns the members that may hold runtimes.
func working(members []gossip.Member) []placement.Member {
	var out []placement.Member
	for _, m := range members {
		if m.Info.Draining || m.Info.Client || m.State == gossip.StateLeft || m.State == gossip.StateDead {
			continue
		}
		out = append(out, placement.Member{Name: m.Name, Weight: m.Info.Weight})
	}
	return out
}
