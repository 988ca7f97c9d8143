package cluster

import (
	"slices"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/placement"
)

// Worker returns the member that an identity of a kind belongs to, of those that take work and
// can be reached, but not of those in except. here says that it is this member, also where there
// is no other. Members that see one another agree; while they do not, two may each be told
// another, or themselves: a grain (Ask) has a lease for that, this has none. When a member joins,
// its share of the identities moves to it at once, and when one goes, its own to the others.
func (c *Cluster) Worker(kind, identity string, except []string) (member string, here bool) {
	v := c.view.Load()
	workers := v.workers
	if len(except) > 0 || !c.breakers.allClosed() {
		workers = slices.DeleteFunc(slices.Clone(workers), func(m placement.Member) bool {
			p := v.peers[m.Name]
			return slices.Contains(except, m.Name) || !p.Local && !c.breakers.closed(m.Name, p.Info.SystemID)
		})
	}
	name, ok := placement.Owner(kind, identity, workers)
	return name, !ok || v.peers[name].Local
}

// worker says whether m takes work.
func worker(m gossip.Member) bool { return !m.Info.Client && !m.Info.Draining }
