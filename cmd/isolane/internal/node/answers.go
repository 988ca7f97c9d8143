package node

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// answers are what the node tells who asks.
func (n *Node) answers() admin.Node {
	return admin.Node{
		Name: n.cfg.Node.Name, Functions: n.report, Members: n.members, Runtimes: n.runtimes,
		Health: n.health, Drain: n.askDrain, Keys: n.keys, Logs: n.recentLines, Recent: n.recent, Scale: n.scale,
		Triggers: n.shownTriggers, Profile: n.profile,
	}
}

// members is the membership as the node sees it; a node alone sees itself.
func (n *Node) members() admin.View {
	view := admin.View{Node: n.cfg.Node.Name}
	if n.cluster == nil {
		var u usage
		u.look(time.Now())
		self := gossip.Member{
			Name: n.cfg.Node.Name, State: gossip.StateAlive, Since: n.began, Load: n.load(&u), LoadAt: time.Now(), Local: true,
			Info: gossip.Info{Version: version(), Weight: n.weight()},
		}
		view.Members = []admin.Member{member(self, nil)}
		return view
	}
	breakers := n.cluster.Stats().Breakers
	for _, m := range n.cluster.Members() {
		view.Members = append(view.Members, member(m, breakers))
	}
	return view
}

func member(m gossip.Member, breakers map[string]string) admin.Member {
	out := admin.Member{
		Name: m.Name, Address: m.Addr, Remote: m.Info.Remote, Version: m.Info.Version,
		State: string(m.State), Since: m.Since, Draining: m.Info.Draining, Client: m.Info.Client,
		Weight: m.Info.Weight, Wanted: int(m.Load.Wanted),
		Runtimes: int(m.Load.Runtimes), Room: int(m.Load.Room), Inflight: int(m.Load.Inflight), Queue: int(m.Load.Queue),
		QueueDelayMS: float64(m.Load.Delay) / float64(time.Millisecond),
		CPU:          float64(m.Load.CPU), Memory: m.Load.RSS, LoadAgeMS: -1,
	}
	if !m.LoadAt.IsZero() {
		out.LoadAgeMS = time.Since(m.LoadAt).Milliseconds()
	}
	if !m.Local {
		out.Breaker = breakers[m.Name]
	}
	return out
}

// runtimes are the node's isolates.
func (n *Node) runtimes() admin.Runtimes {
	st := n.pool.Stats()
	load := n.pool.Load()
	out := admin.Runtimes{
		Node: n.cfg.Node.Name, Total: -1, Queue: st.Queue, QueueDelayMS: float64(load.Delay) / float64(time.Millisecond),
		Runtimes: []admin.Runtime{},
	}
	out.Wanted, out.Auto = n.sizer.Wanted()
	if n.shares != nil {
		out.Follows, out.Wanted = true, n.shares.Wanted()
		if total, ok := n.shares.Total(); ok {
			out.Total, out.Auto = total, false
		}
	}
	if n.router != nil {
		counts := n.router.Stats()
		out.Spilled, out.Served, out.Lost = counts.Spilled, counts.Served, counts.Lost
	}
	for _, r := range st.Runtimes {
		out.Runtimes = append(out.Runtimes, admin.Runtime{
			ID: r.ID, Function: r.Function, State: string(r.State), Inflight: r.Inflight,
			Generation: r.Generation, Restarts: r.Restarts, LastLoss: r.LastLoss, LostAt: r.LostAt,
		})
	}
	return out
}

// health says whether the node serves.
func (n *Node) health() admin.Health {
	h := admin.Health{Node: n.cfg.Node.Name, NotReady: []string{}, Members: 1}
	not := func(what string) { h.NotReady = append(h.NotReady, what) }
	if !n.conn.IsConnected() {
		not("the connection to NATS is down")
	}
	select {
	case <-n.bridge.Done():
		not("no messages are taken any more")
	default:
	}
	if l := n.pool.Load(); l.Runtimes > 0 && l.Room == 0 && l.Queue == 0 && l.Inflight == 0 {
		not("no runtime has an isolate")
	}
	if n.cluster != nil {
		h.Members = 0
		for _, m := range n.cluster.Members() {
			if m.State == gossip.StateAlive {
				h.Members++
			}
		}
		if !n.cluster.Joined() {
			not("no other member has been found yet")
		}
	}
	h.Ready = len(h.NotReady) == 0
	return h
}

// askDrain has the node end as a signal would.
func (n *Node) askDrain() error {
	n.draining.Do(func() { close(n.drainAsked) })
	return nil
}

// keys reads or changes the gossip's key ring.
func (n *Node) keys(change admin.KeyChange) admin.Keys {
	out := admin.Keys{Node: n.cfg.Node.Name, Fingerprints: []string{}}
	if n.cluster == nil {
		out.Error = "this node is no member of a cluster"
		return out
	}
	g := n.cluster.Gossip()
	var err error
	switch change.Action {
	case "":
	case "add":
		err = g.AddKey(change.Key)
	case "use":
		err = g.UseKey(change.Key)
	case "rm":
		err = g.RemoveKey(change.Key)
	default:
		err = errors.New("this version of isolane does not know that action")
	}
	if err != nil {
		out.Error = err.Error()
	}
	for _, key := range g.Keys() {
		sum := sha256.Sum256(key)
		out.Fingerprints = append(out.Fingerprints, hex.EncodeToString(sum[:6]))
	}
	return out
}
