package provider

import (
	"cmp"
	"net"
	"slices"
	"strconv"

	protocluster "github.com/asynkron/protoactor-go/cluster"

	"github.com/isolane/isolane/cluster/gossip"
)

// Topology is the part of a membership that Proto.Actor is told, sorted by id: members
// that are alive or suspected, take work, and have published an actor system. Of several
// at one address the newest incarnation counts: the one that started last, then the one
// whose state is the newest.
func Topology(members []gossip.Member) protocluster.Members {
	newest := map[string]gossip.Member{}
	for _, m := range members {
		if !present(m) {
			continue
		}
		other, taken := newest[m.Info.Remote]
		if !taken || cmp.Or(m.Info.Boot.Compare(other.Info.Boot), m.Since.Compare(other.Since), cmp.Compare(m.Name, other.Name)) > 0 {
			newest[m.Info.Remote] = m
		}
	}
	topology := make(protocluster.Members, 0, len(newest))
	for address, m := range newest {
		host, port, ok := split(address)
		if !ok {
			continue
		}
		topology = append(topology, &protocluster.Member{Id: m.Info.SystemID, Host: host, Port: port, Kinds: slices.Clone(m.Info.Kinds)})
	}
	slices.SortFunc(topology, func(a, b *protocluster.Member) int { return cmp.Compare(a.Id, b.Id) })
	return topology
}

func present(m gossip.Member) bool {
	alive := m.State == gossip.StateAlive || m.State == gossip.StateSuspect
	return alive && !m.Info.Client && m.Info.SystemID != "" && m.Info.Remote != ""
}

// split keeps the brackets of an IPv6 host, since Proto.Actor joins the two by a colon.
func split(address string) (host string, port int32, ok bool) {
	host, p, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, false
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		return "", 0, false
	}
	if slices.Contains([]byte(host), ':') {
		host = "[" + host + "]"
	}
	return host, int32(n), true
}
