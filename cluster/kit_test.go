package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/gossip"
)

// patience bounds every wait of a test; none of them is expected to need a tenth.
const patience = 2 * time.Minute

func testLog() *slog.Logger {
	if os.Getenv("CLUSTER_TEST_LOG") != "" {
		return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return slog.New(slog.DiscardHandler)
}

// member starts one on the hub; change may be nil.
func member(tb testing.TB, h *hub, name string, change func(*Config, *Deps)) *Cluster {
	tb.Helper()
	return memberOn(tb, h.join, name, change)
}

// memberOn starts one whose membership join makes.
func memberOn(tb testing.TB, join joiner, name string, change func(*Config, *Deps)) *Cluster {
	tb.Helper()
	cfg := DefaultConfig(name)
	cfg.Unfenced = true
	cfg.FreezeBound = 10 * time.Second
	cfg.AcceptTimeout = 20 * time.Second // the machine may be slow, and the race detector is
	deps := Deps{Logger: testLog(), Handlers: map[string]Handler{"echo": echo}}
	if change != nil {
		change(&cfg, &deps)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := start(ctx, cfg, deps, join)
	require.NoError(tb, err)
	tb.Cleanup(func() { stop(tb, c) })
	return c
}

func client(cfg *Config, _ *Deps) { cfg.Gossip.Mode = gossip.ModeClient }

func stop(tb testing.TB, c *Cluster) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := c.Stop(ctx); err != nil {
		tb.Logf("stop %s: %v", c.cfg.Name, err)
	}
}

func echo(_ context.Context, req Request, reply func([]byte, error)) {
	reply(append([]byte(req.From+":"), req.Body...), nil)
}

type result struct {
	body []byte
	err  error
}

// call waits for the end of one.
func call(tb testing.TB, c *Cluster, to, kind, body string) result {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return callCtx(ctx, tb, c, to, kind, body)
}

func callCtx(ctx context.Context, tb testing.TB, c *Cluster, to, kind, body string) result {
	tb.Helper()
	ends := make(chan result, 2)
	c.Call(ctx, to, kind, []byte(body), func(b []byte, err error) { ends <- result{b, err} })
	return await(tb, ends)
}

func await[T any](tb testing.TB, ch <-chan T) T {
	tb.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		tb.Fatal("nothing came")
		panic("unreachable")
	}
}

// eventually waits until ok, and prints the last state when it gives up.
func eventually(tb testing.TB, what string, ok func() (bool, any)) {
	tb.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		done, state := ok()
		if done {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("%s: not yet; last state: %v", what, state)
		}
		<-tick.C
	}
}

// see waits until each member can call each other.
func see(tb testing.TB, members ...*Cluster) {
	tb.Helper()
	for _, c := range members {
		for _, o := range members {
			eventually(tb, fmt.Sprintf("%s sees %s", c.cfg.Name, o.cfg.Name), func() (bool, any) {
				v := c.view.Load()
				p, ok := v.peers[o.cfg.Name]
				n := o.node.Load()
				return ok && n != nil && n.open.Load() && p.Info.SystemID == n.id, v.why
			})
		}
	}
}
