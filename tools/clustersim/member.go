package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/gossip/gossiptest"
)

// reportEvery is how often one of n members reports a load that changes all the time.
func reportEvery(n int) time.Duration { return gossip.Scaled(gossip.DefaultConfig().LoadEvery, n) }

// exchangeFull is up to how many members memberlist exchanges states every PushPull; with
// every doubling above, it does that more rarely by as much again.
const exchangeFull = 32

// exchangeEvery is how often one of n members exchanges its whole state with another.
func exchangeEvery(n int) time.Duration {
	lan, _ := gossip.PresetLAN.Timings()
	if n <= exchangeFull {
		return lan.PushPull
	}
	return lan.PushPull * time.Duration(math.Ceil(math.Log2(float64(n))-math.Log2(exchangeFull))+1)
}

// member is one node, as far as gossip goes.
type member struct {
	name string
	end  *gossiptest.Endpoint
	*gossip.Gossip
}

// start starts the i-th member, which joins by the seeds given.
func start(ctx context.Context, n *gossiptest.Network, i int, stretch float64, seeds []string) (*member, error) {
	name := fmt.Sprintf("node-%d", i)
	m := &member{name: name, end: n.Endpoint(name)}
	cfg := gossip.DefaultConfig()
	cfg.Name, cfg.Transport, cfg.Seeds = m.name, m.end, seeds
	cfg.Listen = m.end.Addr()
	by := func(d time.Duration) time.Duration { return time.Duration(float64(d) * stretch) }
	cfg.LoadEvery, cfg.LoadRefresh = by(cfg.LoadEvery), by(cfg.LoadRefresh)
	cfg.Timings, _ = gossip.PresetLAN.Timings()
	for _, d := range []*time.Duration{
		&cfg.Timings.ProbeInterval, &cfg.Timings.ProbeTimeout, &cfg.Timings.GossipInterval,
		&cfg.Timings.PushPull, &cfg.Timings.GossipToTheDead, &cfg.Timings.Rejoin,
	} {
		*d = by(*d)
	}
	cfg.Timings.StreamTimeout = min(by(cfg.Timings.StreamTimeout), time.Minute)
	g, err := gossip.Start(ctx, cfg, gossip.Info{
		SystemID: fmt.Sprintf("%016x", rand.Uint64()), Remote: m.end.Addr(), //nolint:gosec // no secret
		Kinds: []string{"function"}, Version: "v1.0.0", Weight: weight(i),
	}, gossip.Deps{})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", m.name, err)
	}
	m.Gossip = g
	return m, nil
}

// weight is that of the i-th member: there are two sizes.
func weight(i int) uint32 { return uint32(2 + 2*(i%2)) } //nolint:gosec // 2 or 4

// kill ends a member without a word.
func (m *member) kill() error {
	_ = m.end.Shutdown() // returns nil
	if err := m.Close(); err != nil {
		return fmt.Errorf("end %s: %w", m.name, err)
	}
	return nil
}

// work changes the member's load: by so much that it is worth a report.
func (m *member) work() {
	m.SetLoad(gossip.Load{
		Runtimes: 8, Room: rand.Uint32N(256), Inflight: rand.Uint32N(256), Queue: rand.Uint32N(64), //nolint:gosec // any load will do
		Delay: rand.N(10 * time.Second), CPU: 8 * rand.Float32(), RSS: rand.Uint64N(1 << 30), Wanted: 8, //nolint:gosec // any load will do
	})
}

// view is what a member knows of the others.
type view struct {
	present int
	dead    map[string]time.Time // since when
	ages    []time.Duration      // of the load reports of the present
	unheard int
}

// look asks the member what it knows now.
func (m *member) look() view {
	v := view{dead: make(map[string]time.Time)}
	now := time.Now()
	for _, other := range m.Members() {
		switch {
		case !other.State.Present():
			v.dead[other.Name] = other.Since
			continue
		case other.Local:
		case other.LoadAt.IsZero():
			v.unheard++
		default:
			v.ages = append(v.ages, now.Sub(other.LoadAt))
		}
		v.present++
	}
	return v
}
