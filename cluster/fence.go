package cluster

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
)

// fenceMessage is the kind of gossip message that tells a member that its actor system
// is blocked. Its body is the system's id.
const fenceMessage uint8 = 1

// tellEvery is how often a member is told again.
const tellEvery = time.Second

// fence is how a member that was taken for dead finds its way back. Proto.Actor blocks
// the id of a member that was gone for ever, and does not tell it; it would go on
// serving beside those who took its grains over. So whoever sees a member alive whose
// id has departed tells it, and that member begins anew under another id. A process that
// was frozen notices that by itself.
type fence struct {
	c    *Cluster
	wake chan notice // one place

	mu      sync.Mutex
	notices map[string]time.Time // guarded by mu; when which system was told; entries of those that are gone are dropped
}

// notice says why the life of a system must end.
type notice struct{ system, why string }

func newFence(c *Cluster) *fence {
	return &fence{c: c, wake: make(chan notice, 1), notices: map[string]time.Time{}}
}

// told is called when a peer says that one of our ids is blocked there.
func (f *fence) told(from string, body []byte) {
	f.need(string(body), "member "+from+" has seen this one gone")
}

// need asks for a new beginning, if system is this member's still.
func (f *fence) need(system, why string) {
	n := f.c.node.Load()
	if n == nil || n.id != system {
		return
	}
	n.open.Store(false) // from here on, not when the new one is ready
	select {
	case f.wake <- notice{system, why}:
	default: // it is asked for already
	}
}

// tell notifies every member that is alive under an id that has departed.
func (f *fence) tell(ctx context.Context, v *view, departed func(string) bool) {
	now := time.Now()
	blocked := map[string]struct{}{}
	for _, m := range v.members {
		id := m.Info.SystemID
		alive := m.State == gossip.StateAlive || m.State == gossip.StateSuspect
		if m.Local || !alive || id == "" || !departed(id) {
			continue
		}
		blocked[id] = struct{}{}
		if !f.due(id, now) {
			continue
		}
		name := m.Name
		f.c.later(func() {
			ctx, cancel := context.WithTimeout(ctx, 2*tellEvery)
			defer cancel()
			err := f.c.gossip.Send(ctx, name, fenceMessage, []byte(id))
			f.c.log.LogAttrs(ctx, slog.LevelInfo, "a member is back that was gone; it is told to begin anew",
				slog.String("peer", name), slog.String("system", id), slog.Any("error", err))
		})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for id := range f.notices {
		if _, ok := blocked[id]; !ok {
			delete(f.notices, id)
		}
	}
}

// telling says whether somebody is told again and again.
func (f *fence) telling() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.notices) > 0
}

func (f *fence) due(id string, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if last, ok := f.notices[id]; ok && now.Sub(last) < tellEvery {
		return false
	}
	f.notices[id] = now
	return true
}

// run begins anew whenever that is needed, until Stop.
func (f *fence) run() {
	for {
		select {
		case <-f.c.ctx.Done():
			return
		case n := <-f.wake:
			f.c.renew(n)
		}
	}
}

// renew ends this life of the member and begins the next. Grains are handed over, calls
// may end within FenceGrace; what is pending then ends with ErrNoAnswer.
func (c *Cluster) renew(because notice) {
	if !c.lock(c.ctx) {
		return
	}
	defer c.unlock()
	old := c.node.Load()
	if old == nil || old.id != because.system || c.leaving() {
		return
	}
	began := time.Now()
	c.log.LogAttrs(c.ctx, slog.LevelWarn, "this member begins anew under another id", slog.String("why", because.why), slog.String("system", old.id))
	old.open.Store(false)
	if err := c.handOver(); err != nil {
		c.log.LogAttrs(c.ctx, slog.LevelError, "grains are left behind with void tokens", slog.Any("error", err))
	}
	c.node.Store(nil)
	c.lost(errGone, func(*pending) bool { return true })
	old.close()
	for c.ctx.Err() == nil && !c.leaving() {
		n, err := c.newNode()
		if err == nil {
			if err = c.join(n); err == nil {
				c.counts.fenced.Add(1)
				c.grains.start()
				c.node.Store(n)
				n.open.Store(true)
				c.lookSoon()
				c.log.LogAttrs(c.ctx, slog.LevelInfo, "this member has begun anew", slog.String("system", n.id), slog.Duration("after", time.Since(began)))
				return
			}
			n.close()
		}
		c.log.LogAttrs(c.ctx, slog.LevelError, "this member cannot begin anew; it tries again", slog.Any("error", err))
		select {
		case <-time.After(tellEvery):
		case <-c.ctx.Done():
		}
	}
}

// handOver stops the grains, and lets calls end within FenceGrace.
func (c *Cluster) handOver() error {
	grace, cancel := context.WithTimeout(c.ctx, c.cfg.FenceGrace)
	defer cancel()
	bounded, stop := context.WithTimeout(c.ctx, 2*c.cfg.Grains.StopTimeout)
	defer stop()
	err := c.grains.stop(bounded)
	// Whatever the grace does not suffice for ends with its context.
	_ = c.inbound.wait(grace)
	_ = c.calls.wait(grace)
	return err
}
