package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/gossip/gossiptest"
	"github.com/isolane/isolane/cluster/lease"
)

// world is members on the real gossip. Its network is in memory, and what splits it holds
// up the calls between members too, which go over TCP.
type world struct {
	t     *testing.T
	net   *gossiptest.Network
	store lease.Memory
	log   activations
	edit  func(*gossip.Config)

	mu    sync.Mutex
	seed  string               // guarded by mu
	whose map[string]string    // guarded by mu; by address of the calls
	ways  map[string]*cutStore // guarded by mu; each member's way to the store
}

func newWorld(t *testing.T, edit func(*gossip.Config)) *world {
	t.Helper()
	const seed = 11
	t.Logf("seed %d", seed)
	return &world{t: t, net: gossiptest.New(seed), edit: edit, whose: map[string]string{}, ways: map[string]*cutStore{}}
}

func (w *world) owner(address string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.whose[address]
}

// start starts a member that runs counters.
func (w *world) start(name string) *Cluster {
	w.t.Helper()
	way := &cutStore{Store: &w.store}
	join := func(ctx context.Context, cfg gossip.Config, info gossip.Info, log *slog.Logger) (membership, error) {
		end := w.net.Endpoint(name)
		cfg.Transport = end
		w.mu.Lock()
		if w.seed == "" {
			w.seed = end.Addr()
		} else {
			cfg.Seeds = []string{w.seed}
		}
		w.whose[info.Remote] = name
		w.ways[name] = way
		w.mu.Unlock()
		w.edit(&cfg)
		return gossip.Start(ctx, cfg, info, gossip.Deps{Logger: log})
	}
	return memberOn(w.t, join, name, func(cfg *Config, d *Deps) {
		grainy(&w.log, way)(cfg, d)
		cfg.AcceptTimeout = 20 * time.Second // the machine may be busy
		cfg.Remote.Dial = w.net.Dialer(name, w.owner)
	})
}

// cut parts a member from the store, or joins it again.
func (w *world) cut(name string, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ways[name].down.Store(down)
}

// asking is a load of messages to grains, each with a body of its own.
type asking struct {
	t      *testing.T
	cancel context.CancelFunc
	all    sync.WaitGroup

	asked, ok, failed atomic.Int64
	first             atomic.Pointer[error] // the first failure since forgive
}

// ask has two senders on each member send to the identities in turn, until stop.
func (w *world) ask(ids []string, members ...*Cluster) *asking {
	ctx, cancel := context.WithCancel(context.Background())
	l := &asking{t: w.t, cancel: cancel}
	for _, c := range members {
		for s := range 2 {
			l.all.Go(func() {
				for i := s; ctx.Err() == nil; i++ {
					l.one(c, ids[i%len(ids)], fmt.Sprintf("%s %d %d", c.cfg.Name, s, i)) //nolint:contextcheck // the load outlives the test's own contexts
				}
			})
		}
	}
	return l
}

func (l *asking) one(c *Cluster, id, body string) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	end := make(chan error, 1)
	l.asked.Add(1)
	c.Ask(ctx, "counter", id, []byte(body), func(_ []byte, err error) { end <- err })
	if err := <-end; err != nil {
		l.failed.Add(1)
		l.first.CompareAndSwap(nil, &err)
		return
	}
	l.ok.Add(1)
}

// more waits until n more have been answered.
func (l *asking) more(n int64) {
	l.t.Helper()
	from := l.ok.Load()
	eventually(l.t, "answers under load", func() (bool, any) { return l.ok.Load() > from+n, l.String() })
}

// forgive forgets what has failed so far, and returns how many.
func (l *asking) forgive() int64 {
	l.first.Store(nil)
	return l.failed.Swap(0)
}

func (l *asking) stop() {
	l.cancel()
	l.all.Wait()
}

// String says how the load goes.
func (l *asking) String() string {
	text := fmt.Sprintf("%d asked, %d answered, %d failed", l.asked.Load(), l.ok.Load(), l.failed.Load())
	if err := l.first.Load(); err != nil {
		text += fmt.Sprintf(", the first: %v", *err)
	}
	return text
}
