package gossip_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/gossip"
)

// Three members over real sockets: they find each other, hear loads and messages, and
// tell who left from who died.
func TestRealNetwork(t *testing.T) {
	key := []byte("0123456789abcdef")
	start := func(name string, seeds ...string) *gossip.Gossip {
		cfg := gossip.DefaultConfig()
		cfg.Name, cfg.Listen, cfg.Seeds = name, "127.0.0.1:0", seeds
		cfg.Preset, cfg.Keys, cfg.Label = gossip.PresetLocal, [][]byte{key}, "test"
		g, err := gossip.Start(t.Context(), cfg, gossip.Info{Version: "1", Kinds: []string{"echo"}}, gossip.Deps{})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, g.Close()) })
		return g
	}
	a := start("a")
	b := start("b", a.Addr())
	c := start("c", a.Addr())
	all := []*gossip.Gossip{a, b, c}
	for _, g := range all {
		wait(t, g, "three alive", func(m map[string]gossip.Member) bool {
			return m["a"].State == gossip.StateAlive && m["b"].State == gossip.StateAlive && m["c"].State == gossip.StateAlive
		})
	}
	a.SetLoad(gossip.Load{Runtimes: 3, Room: 7})
	wait(t, c, "a's load", func(m map[string]gossip.Member) bool { return m["a"].Load.Room == 7 })

	heard := make(chan string, 1)
	c.OnMessage(9, func(from string, body []byte) { heard <- fmt.Sprintf("%s: %s", from, body) })
	require.NoError(t, b.Send(t.Context(), "c", 9, []byte("hello")))
	require.Equal(t, "b: hello", <-heard)
	require.NoError(t, b.SetInfo(t.Context(), func(i *gossip.Info) { i.Draining = true }))
	wait(t, c, "b drains", func(m map[string]gossip.Member) bool { return m["b"].Info.Draining })

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, b.Leave(ctx))
	for _, g := range all {
		wait(t, g, "b left", func(m map[string]gossip.Member) bool { return m["b"].State == gossip.StateLeft })
	}
	require.NoError(t, c.Close())
	wait(t, a, "c dead", func(m map[string]gossip.Member) bool { return m["c"].State == gossip.StateDead })
}

// wait until the members that g sees satisfy ok; it prints them when they never do.
func wait(tb testing.TB, g *gossip.Gossip, what string, ok func(map[string]gossip.Member) bool) {
	tb.Helper()
	deadline := time.NewTimer(60 * time.Second)
	defer deadline.Stop()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		list := map[string]gossip.Member{}
		for _, m := range g.Members() {
			list[m.Name] = m
		}
		if ok(list) {
			return
		}
		select {
		case <-poll.C:
		case <-deadline.C:
			tb.Fatalf("%s: never; last seen: %+v", what, list)
		}
	}
}
