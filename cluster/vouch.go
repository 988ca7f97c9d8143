package cluster

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/remoting"
)

const (
	// vouchAlone is after how long without any peer a member owns its grains for good.
	vouchAlone = 10 * time.Second
	// vouchTries is how many peers a member finds no connection to before it gives its
	// grains away, vouchEvery the pause between two pings.
	vouchTries = 3
	vouchEvery = time.Second
)

// vouch finds out whether this member can be called: one whose certificate the others do
// not take, or whose port they do not reach, is alive in the membership all the same, and
// would own grains that nobody reaches. A ping shows both ways, since its answer comes on
// a connection of the peer's own. Until one went well a member that has peers, and that
// finds no connection to any, says that it runs no kinds of grains; one that is slow, or
// whose peers are, keeps them. Its methods are called by the watch alone.
type vouch struct {
	c      *Cluster
	done   bool         // a peer has answered, or there was none for long
	asking atomic.Bool  // a ping is under way, or the kinds are being told
	failed atomic.Int32 // pings of this round
	good   atomic.Bool  // one went well
	held   atomic.Bool  // the kinds are taken back
	next   time.Time    // no ping goes out before
	turn   int          // which peer this round began with
}

func newVouch(c *Cluster) *vouch { return &vouch{c: c} }

// look takes the next step.
func (v *vouch) look(ctx context.Context, seen *view) {
	if v.done || v.c.client || len(v.c.deps.Grains) == 0 || v.asking.Load() {
		return
	}
	peers := others(seen)
	switch {
	case v.good.Load():
		v.done = !v.held.Load()
		v.publish(ctx, false)
		return
	case len(peers) == 0 && !v.held.Load() && time.Since(v.c.began) > vouchAlone:
		v.done = true
		return
	case len(peers) == 0:
		return
	case int(v.failed.Load()) >= min(vouchTries, len(peers)):
		v.failed.Store(0)
		v.publish(ctx, true)
		return
	case time.Now().Before(v.next):
		return
	}
	v.asking.Store(true)
	v.next = time.Now().Add(vouchEvery)
	if v.failed.Load() == 0 {
		v.turn = rand.IntN(len(peers))
	}
	// One after the other: one that cannot be called may be at fault itself.
	peer := peers[(v.turn+int(v.failed.Load()))%len(peers)]
	pinging, cancel := context.WithTimeout(ctx, 2*v.c.cfg.AcceptTimeout)
	v.c.Call(pinging, peer, pingKind, nil, func(_ []byte, err error) {
		cancel()
		refused, _ := errors.AsType[*RefusedError](err) // which is an answer, too
		switch {
		case err == nil || refused != nil:
			v.good.Store(true)
		case errors.Is(err, remoting.ErrUnreachable):
			v.failed.Add(1)
		default: // slow, or not tried: it says nothing
		}
		v.asking.Store(false)
		v.c.lookSoon()
	})
}

// publish takes the kinds back, or gives them again; nothing where that is so already. It
// does not wait for the gossip, which the watch must not.
func (v *vouch) publish(ctx context.Context, held bool) {
	if v.held.Swap(held) == held {
		return
	}
	kinds := v.c.kinds()
	if held {
		kinds = nil
		v.c.log.LogAttrs(ctx, slog.LevelError, "no member can be called from here and answer: dedicated functions run elsewhere until one can; do the certificates of cluster.tls, cluster.remote and cluster.remoteAdvertise fit?")
	} else {
		v.c.log.LogAttrs(ctx, slog.LevelInfo, "members can be called now: dedicated functions may run here")
	}
	v.asking.Store(true)
	v.c.later(func() {
		defer v.c.lookSoon()
		defer v.asking.Store(false)
		if err := v.c.gossip.SetInfo(ctx, func(i *gossip.Info) { i.Kinds = kinds }); err != nil {
			v.held.Store(!held) // again at a later look
			v.c.log.LogAttrs(ctx, slog.LevelWarn, "what this member runs could not be told", slog.Any("error", err))
		}
	})
}

// others are the members that can be called, but for this one.
func others(seen *view) []string {
	var names []string
	for _, m := range seen.members {
		if _, ok := seen.peers[m.Name]; ok && !m.Local && !m.Info.Client {
			names = append(names, m.Name)
		}
	}
	return names
}
