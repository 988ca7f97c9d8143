package cluster

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
)

const (
	// lookEvery is how often the membership is looked at without a tick, and how often the
	// member notices that it lives.
	lookEvery = time.Second
	// lookOften is lookEvery while a peer is to be tried, or told, again.
	lookOften = 250 * time.Millisecond
)

// watch follows the membership until Stop. Each waking costs a process that sleeps between
// calls more than what is looked at, so it is rare where nothing happens.
func (c *Cluster) watch() {
	ticks, unsubscribe := c.gossip.Subscribe()
	defer unsubscribe()
	every := time.NewTimer(0)
	defer every.Stop()
	for {
		every.Reset(c.pace())
		select {
		case <-c.ctx.Done():
			return
		case <-ticks:
		case <-c.poke:
		case <-every.C:
		}
		if n := c.node.Load(); n != nil && c.frozen() {
			c.fence.need(n.id, "this process stood still for longer than "+c.cfg.FreezeBound.String())
		}
		c.beat()
		c.look(c.ctx)
	}
}

// look makes a new view of the membership and acts on what has changed. Called by Start,
// and then by the watch alone.
func (c *Cluster) look(ctx context.Context) {
	departed := func(string) bool { return false }
	if n := c.node.Load(); n != nil && n.provider != nil {
		n.provider.Sync(ctx)
		departed = n.provider.Departed
	}
	next := newView(c.gossip.Members(), departed)
	last := c.view.Swap(next)
	for _, m := range last.gone(next) {
		if !m.Local {
			c.gone(ctx, m, next)
		}
	}
	c.fence.tell(ctx, next, departed)
	c.probe(ctx)
	c.vouch.look(ctx, next)
	c.grains.follow()
}

// pace is how long the watch may sleep.
func (c *Cluster) pace() time.Duration {
	if c.breakers.allClosed() && !c.fence.telling() {
		return min(lookEvery, c.cfg.FreezeBound/4)
	}
	return lookOften
}

var errGone = errors.New("the member is gone, or began anew")

// gone ends what is open with a peer's actor system.
func (c *Cluster) gone(ctx context.Context, m gossip.Member, next *view) {
	c.log.LogAttrs(ctx, slog.LevelInfo, "a member's actor system is gone", slog.String("peer", m.Name),
		slog.String("system", m.Info.SystemID), slog.String("why", next.why[m.Name]))
	system := m.Info.SystemID
	if left(next, m) {
		// It says farewell with its port still open: it refuses what reaches it, and
		// closes the connection. Until then calls to it have better ends than this one.
		return
	}
	c.lost(errGone, func(p *pending) bool { return p.system == system })
	c.inbound.cancel(func(s *serving) bool { return s.system == system }, callerGoneError{})
	if n := c.node.Load(); n != nil {
		n.session.Forget(m.Info.Remote)
	}
	if _, ok := next.peers[m.Name]; !ok {
		c.breakers.forget(m.Name)
	}
	c.spills.forget(m.Name)
}

// left says whether m's system has left in good order.
func left(v *view, m gossip.Member) bool {
	for _, o := range v.members {
		if o.Name == m.Name {
			return o.State == gossip.StateLeft && o.Info.SystemID == m.Info.SystemID
		}
	}
	return false
}

// pingKind is a handler that every member has.
const pingKind = "isolane.ping"

// probe tries the peers whose breaker has been open for long enough, so that no caller
// has to.
func (c *Cluster) probe(ctx context.Context) {
	for _, member := range c.breakers.trying() {
		probing, cancel := context.WithTimeout(ctx, 2*c.cfg.AcceptTimeout)
		c.Call(probing, member, pingKind, nil, func([]byte, error) { cancel() })
	}
}

// lookSoon asks the watch to run.
func (c *Cluster) lookSoon() {
	select {
	case c.poke <- struct{}{}:
	default: // it is asked already
	}
}

// beat notes that the process runs.
func (c *Cluster) beat() { c.pulse.Store(int64(time.Since(c.began))) }

// frozen says whether the process has stood still until just now.
func (c *Cluster) frozen() bool {
	return time.Since(c.began)-time.Duration(c.pulse.Load()) > c.cfg.FreezeBound
}
