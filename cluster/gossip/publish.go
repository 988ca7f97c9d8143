package gossip

import (
	"bytes"
	"context"
	"slices"
	"time"
)

// publishWait bounds how long the publisher waits for memberlist to have sent a change;
// what has not been sent by then goes out later.
const publishWait = time.Second

// SetInfo changes what the node says of itself and publishes it: change gets a copy to
// edit, and must not call the Gossip. It returns once the change has been gossiped to
// some others, or after a second, when it is still on its way; on ctx's end with its
// error, the change on its way too. A *MetaError, or ErrClosed: nothing has changed.
// Boot, Wire and Client stay as they were at Start.
func (g *Gossip) SetInfo(ctx context.Context, change func(*Info)) error {
	return g.update(ctx, func(a *announcement) {
		was := a.info
		change(&a.info)
		a.info.Boot, a.info.Wire, a.info.Client = was.Boot, was.Wire, was.Client
		fill(&a.info.Weight, 1)
	})
}

func (g *Gossip) update(ctx context.Context, change func(*announcement)) error {
	if g.stop.Err() != nil {
		return g.closedErr()
	}
	g.infoMu.Lock()
	next := g.self
	next.info.Kinds = slices.Clone(next.info.Kinds)
	change(&next)
	changed, err := g.setSelf(next)
	if err != nil || !changed {
		g.infoMu.Unlock()
		return err
	}
	out := make(chan struct{})
	g.waiting = append(g.waiting, out)
	g.infoMu.Unlock()
	signal(g.publish)
	select {
	case <-out:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-g.stop.Done():
		return g.closedErr()
	}
}

// setSelf takes in what the node says of itself, if it fits with every flag set. The
// caller holds infoMu.
func (g *Gossip) setSelf(a announcement) (changed bool, err error) {
	full := a
	full.leaving, full.settled = true, true
	if _, err := full.encode(); err != nil {
		return false, err
	}
	meta, err := a.encode()
	if err != nil {
		return false, err
	}
	if old := g.meta.Load(); old != nil && bytes.Equal(*old, meta) {
		return false, nil
	}
	a.info.Kinds = slices.Clone(a.info.Kinds)
	g.self = a
	g.meta.Store(&meta)
	return true, nil
}

// settle notes that the node has been in a cluster with another. It is called under
// memberlist's lock: it does not wait.
func (g *Gossip) settle() {
	g.infoMu.Lock()
	defer g.infoMu.Unlock()
	if g.self.settled {
		return
	}
	a := g.self
	a.settled = true
	if changed, err := g.setSelf(a); err == nil && changed {
		signal(g.publish)
	}
}

// publishLoop is the one caller of UpdateNode, which is not safe for concurrent use.
func (g *Gossip) publishLoop() {
	for {
		select {
		case <-g.stop.Done():
			return
		case <-g.publish:
		}
		g.infoMu.Lock()
		waiting := g.waiting
		g.waiting = nil
		g.infoMu.Unlock()
		// Its only error is that the time is over.
		_ = g.list.UpdateNode(publishWait)
		for _, out := range waiting {
			close(out)
		}
	}
}

// LoadFrom has ask say how busy the node is, now and then every Config.LoadEvery until the
// Gossip is closed: in place of SetLoad, for who would have to look by a clock of its own.
// ask is called on one goroutine at a time, and must not block.
func (g *Gossip) LoadFrom(ask func() Load) {
	g.SetLoad(ask())
	g.ask.Store(&ask)
}

// SetLoad notes how busy the node is. It is cheap, at any rate of calls: reports go out
// at most every Config.LoadEvery, and only for a change worth it, or every LoadRefresh.
func (g *Gossip) SetLoad(l Load) {
	now := g.clock.Now()
	g.loadMu.Lock()
	first := g.loadAt.IsZero()
	g.load, g.loadAt = l, now
	g.loadMu.Unlock()
	if first {
		signal(g.loaded)
	}
}
