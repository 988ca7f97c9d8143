package cluster

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/placement"
)

// Spill hands a call to a peer that has room: the better of two taken at random. False
// if nobody has, and then done is not called. Otherwise as Call; a call that comes back
// as ErrNotDelivered or refused has not run.
func (c *Cluster) Spill(ctx context.Context, kind string, body []byte, done func([]byte, error)) bool {
	n := c.node.Load()
	if n == nil || ctx.Err() != nil || c.stopped() {
		return false
	}
	now := time.Now()
	// Loads are newer than the view, which is made when the membership changes.
	candidates := make([]placement.Candidate, 0, 8)
	for _, m := range c.gossip.Members() {
		if !c.takes(m, now) {
			continue
		}
		candidates = append(candidates, placement.Candidate{
			Name: m.Name, Room: c.spills.room(m), Delay: m.Load.Delay, Age: now.Sub(m.LoadAt),
		})
	}
	i, ok := placement.Pick(rand.IntN, candidates)
	if !ok {
		return false
	}
	name := candidates[i].Name
	report := c.spills.sent(name)
	c.counts.spilledOut.Add(1)
	c.Call(ctx, name, kind, body, func(reply []byte, err error) {
		// One that was not taken shows that the room reported is not there.
		if !NotTaken(err) {
			c.spills.ended(name, report)
		}
		done(reply, err)
	})
	return true
}

// takes says whether calls may be spilled to m.
func (c *Cluster) takes(m gossip.Member, now time.Time) bool {
	p, ok := c.view.Load().peers[m.Name]
	return ok && !m.Local && m.State == gossip.StateAlive && worker(m) &&
		!m.LoadAt.IsZero() && !m.LoadAt.After(now) && p.Info.SystemID == m.Info.SystemID &&
		c.breakers.closed(m.Name, m.Info.SystemID)
}

// spills counts what each peer has in hand that was handed to it since its last load
// report, which cannot know of it: without that, everything goes to the same peer until
// it reports again. What has ended meanwhile gives its room back: a member whose load
// hardly changes reports every few seconds only.
type spills struct {
	mu    sync.Mutex
	since map[string]spilled // guarded by mu; by member
}

type spilled struct {
	report time.Time // the load report that n is counted from
	n      uint32
}

func newSpills() *spills { return &spills{since: map[string]spilled{}} }

// room is what m's report leaves of its room.
func (s *spills) room(m gossip.Member) uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.since[m.Name]
	if !out.report.Equal(m.LoadAt) {
		out = spilled{report: m.LoadAt}
		s.since[m.Name] = out
	}
	return m.Load.Room - min(m.Load.Room, out.n)
}

// sent counts one, and returns the report that it is counted from.
func (s *spills) sent(member string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.since[member]
	out.n++
	s.since[member] = out
	return out.report
}

// ended takes one back that was counted from report. It does nothing where a newer one
// has come: that one may, or may not, have known of the call.
func (s *spills) ended(member string, report time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if out, ok := s.since[member]; ok && out.n > 0 && out.report.Equal(report) {
		out.n--
		s.since[member] = out
	}
}

func (s *spills) forget(member string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.since, member)
}
