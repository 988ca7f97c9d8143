package cluster

import (
	"slices"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/placement"
)

// Wire is the major version of what crosses between members. One that gossips another
// is not called; see members of a view.
const Wire uint8 = 1

// view is the membership at one moment, as calls and grains need it. Immutable.
type view struct {
	members []gossip.Member               // sorted by name; all that are known
	peers   map[string]gossip.Member      // by name: those that can be called, this one included
	owners  map[string][]placement.Member // by kind of grain: who may own
	workers []placement.Member            // those of peers that take work
	why     map[string]string             // by name: why a member cannot be called
}

// newView is a pure function of the membership and of which actor systems have departed.
func newView(members []gossip.Member, departed func(systemID string) bool) *view {
	v := &view{
		members: members, peers: map[string]gossip.Member{},
		owners: map[string][]placement.Member{}, why: map[string]string{},
	}
	for _, m := range members {
		if why := unreachable(m, departed); why != "" {
			v.why[m.Name] = why
			continue
		}
		v.peers[m.Name] = m
		if !worker(m) {
			continue
		}
		v.workers = append(v.workers, placement.Member{Name: m.Name, Weight: m.Info.Weight})
		for _, kind := range m.Info.Kinds {
			v.owners[kind] = append(v.owners[kind], placement.Member{Name: m.Name, Weight: m.Info.Weight})
		}
	}
	return v
}

// unreachable says why m cannot be called; empty if it can.
func unreachable(m gossip.Member, departed func(string) bool) string {
	switch {
	case m.State != gossip.StateAlive && m.State != gossip.StateSuspect:
		return "the member is " + string(m.State)
	case m.Info.SystemID == "" || m.Info.Remote == "":
		return "the member has not published its address yet"
	case m.Info.Wire != Wire:
		return "the member speaks another version of the wire"
	case !m.Local && departed(m.Info.SystemID):
		return "the member was gone for a while and has not begun anew yet"
	}
	return ""
}

// owner returns who owns a grain now.
func (v *view) owner(kind, identity string) (gossip.Member, bool) {
	name, ok := placement.Owner(kind, identity, v.owners[kind])
	if !ok {
		return gossip.Member{}, false
	}
	m, ok := v.peers[name]
	return m, ok
}

// gone lists the peers of v that are not in next, or have another actor system there.
func (v *view) gone(next *view) []gossip.Member {
	var gone []gossip.Member
	for name, m := range v.peers {
		if n, ok := next.peers[name]; !ok || n.Info.SystemID != m.Info.SystemID || n.Info.Remote != m.Info.Remote {
			gone = append(gone, m)
		}
	}
	slices.SortFunc(gone, func(a, b gossip.Member) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return gone
}
