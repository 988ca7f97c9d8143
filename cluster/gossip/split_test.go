package gossip_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/gossip/gossiptest"
)

// crowd are members on a network in memory.
type crowd struct {
	t       *testing.T
	net     *gossiptest.Network
	members map[string]*gossip.Gossip
	seed    string
	edit    func(*gossip.Config)
}

func gather(t *testing.T, n int, edit func(*gossip.Config)) *crowd {
	t.Helper()
	const seed = 7
	t.Logf("seed %d", seed)
	c := &crowd{t: t, net: gossiptest.New(seed), members: map[string]*gossip.Gossip{}, edit: edit}
	for i := range n {
		c.start(fmt.Sprintf("m%d", i+1))
	}
	c.await("all alive", func(string) map[string]gossip.State { return c.states(gossip.StateAlive) })
	return c
}

func (c *crowd) start(name string) *gossip.Gossip {
	c.t.Helper()
	cfg := gossip.DefaultConfig()
	end := c.net.Endpoint(name)
	cfg.Name, cfg.Transport, cfg.Preset = name, end, gossip.PresetLocal
	if c.seed == "" {
		c.seed = end.Addr()
	} else {
		cfg.Seeds = []string{c.seed}
	}
	if c.edit != nil {
		c.edit(&cfg)
	}
	g, err := gossip.Start(c.t.Context(), cfg, gossip.Info{Version: "1"}, gossip.Deps{})
	require.NoError(c.t, err)
	c.t.Cleanup(func() { require.NoError(c.t, g.Close()) })
	c.members[name] = g
	return g
}

// states gives every member the same state.
func (c *crowd) states(s gossip.State) map[string]gossip.State {
	all := map[string]gossip.State{}
	for name := range c.members {
		all[name] = s
	}
	return all
}

// await waits until each member sees what want says for it, and returns how long.
func (c *crowd) await(what string, want func(viewer string) map[string]gossip.State) time.Duration {
	c.t.Helper()
	began := time.Now()
	for name, g := range c.members {
		expect := want(name)
		wait(c.t, g, what+" to "+name, func(seen map[string]gossip.Member) bool {
			for other, state := range expect {
				if seen[other].State != state {
					return false
				}
			}
			return true
		})
	}
	return time.Since(began)
}

// TestSplitHeals cuts the members in two until each side has declared the other dead,
// and joins them again: they find one another by themselves.
func TestSplitHeals(t *testing.T) {
	for _, size := range []struct{ all, minority int }{{3, 1}, {5, 2}} {
		t.Run(fmt.Sprintf("%d against %d", size.minority, size.all-size.minority), func(t *testing.T) {
			c := gather(t, size.all, nil)
			var few []string
			for i := range size.minority {
				few = append(few, fmt.Sprintf("m%d", i+1))
			}
			side := func(name string) bool { return strings.Contains(strings.Join(few, " ")+" ", name+" ") }
			c.net.Split(nil, few)
			detect := c.await("the other side dead", func(viewer string) map[string]gossip.State {
				want := map[string]gossip.State{}
				for name := range c.members {
					want[name] = gossip.StateAlive
					if side(name) != side(viewer) {
						want[name] = gossip.StateDead
					}
				}
				return want
			})
			c.net.Heal()
			heal := c.await("all alive again", func(string) map[string]gossip.State { return c.states(gossip.StateAlive) })
			t.Logf("split known after %s, healed after %s", detect.Round(time.Millisecond), heal.Round(time.Millisecond))
		})
	}
}

// TestFrozenMemberComesBack stops a member until the others have declared it dead.
func TestFrozenMemberComesBack(t *testing.T) {
	c := gather(t, 3, nil)
	c.net.Freeze("m2")
	for _, viewer := range []string{"m1", "m3"} {
		wait(t, c.members[viewer], "m2 dead", func(m map[string]gossip.Member) bool { return m["m2"].State == gossip.StateDead })
	}
	c.net.Thaw("m2")
	took := c.await("all alive", func(string) map[string]gossip.State { return c.states(gossip.StateAlive) })
	t.Logf("back after %s", took.Round(time.Millisecond))
}

// TestLossAndDelay: a fifth of the packets lost, or each late by 200 ms, makes nobody
// dead, and a death is known all the same.
func TestLossAndDelay(t *testing.T) {
	for name, disturb := range map[string]func(*gossiptest.Network){
		"a fifth lost": func(n *gossiptest.Network) { n.Lose(0.2) },
		"200 ms late":  func(n *gossiptest.Network) { n.Delay(200 * time.Millisecond) },
	} {
		t.Run(name, func(t *testing.T) {
			c := gather(t, 5, func(cfg *gossip.Config) {
				cfg.Preset = gossip.PresetLAN
				cfg.Timings.ProbeTimeout = 450 * time.Millisecond
			})
			disturb(c.net)
			calm := time.NewTimer(5 * time.Second)
			defer calm.Stop()
			tick, cancel := c.members["m1"].Subscribe()
			defer cancel()
			for quiet := false; !quiet; {
				select {
				case <-calm.C:
					quiet = true
				case <-tick:
					for _, m := range c.members["m1"].Members() {
						require.NotEqual(t, gossip.StateDead, m.State, m.Name)
					}
				}
			}
			dead := c.members["m5"]
			delete(c.members, "m5")
			require.NoError(t, dead.Close())
			took := c.await("m5 dead", func(string) map[string]gossip.State { return map[string]gossip.State{"m5": gossip.StateDead} })
			t.Logf("a death is known after %s", took.Round(time.Millisecond))
		})
	}
}

// TestTwentyJoinAtOnce starts twenty members that know of one.
func TestTwentyJoinAtOnce(t *testing.T) {
	began := time.Now()
	gather(t, 20, nil)
	t.Logf("twenty see one another after %s", time.Since(began).Round(time.Millisecond))
}

// TestKeysAreRotatedLive changes the key in three steps, with every member in between.
func TestKeysAreRotatedLive(t *testing.T) {
	old, fresh := []byte("0123456789abcdef"), []byte("fedcba9876543210")
	c := gather(t, 3, func(cfg *gossip.Config) { cfg.Keys = [][]byte{old} })
	each := func(step func(*gossip.Gossip) error) {
		for _, g := range c.members {
			require.NoError(t, step(g))
		}
	}
	require.ErrorIs(t, c.members["m1"].UseKey(fresh), gossip.ErrUnknownKey)
	require.ErrorIs(t, c.members["m1"].RemoveKey(old), gossip.ErrPrimaryKey)
	require.ErrorContains(t, c.members["m1"].AddKey([]byte("short")), "16, 24 or 32 bytes")
	each(func(g *gossip.Gossip) error { return g.AddKey(fresh) })
	each(func(g *gossip.Gossip) error { return g.UseKey(fresh) })
	each(func(g *gossip.Gossip) error { return g.RemoveKey(old) })
	require.Equal(t, [][]byte{fresh}, c.members["m2"].Keys())
	c.edit = func(cfg *gossip.Config) { cfg.Keys = [][]byte{fresh} }
	c.start("m4")
	c.await("all alive, m4 too", func(string) map[string]gossip.State { return c.states(gossip.StateAlive) })
	c.edit = func(cfg *gossip.Config) { cfg.Keys = [][]byte{old} }
	stranger := c.start("m5")
	delete(c.members, "m5")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	<-ctx.Done()
	require.False(t, stranger.Joined(), "the old key opens nothing any more")
	for name, g := range c.members {
		require.Len(t, g.Members(), 4, name)
	}
}

// TestAnotherClusterIsNotHeard: members with another label on the same network.
func TestAnotherClusterIsNotHeard(t *testing.T) {
	c := gather(t, 2, func(cfg *gossip.Config) { cfg.Label = "one" })
	c.edit = func(cfg *gossip.Config) { cfg.Label = "two" }
	other := c.start("other")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	<-ctx.Done()
	require.False(t, other.Joined())
	require.Len(t, c.members["m1"].Members(), 2)
}

// TestOneNameTwice: of two live members of one name the newcomer fails, and says why.
func TestOneNameTwice(t *testing.T) {
	c := gather(t, 2, nil)
	first := c.members["m2"]
	second := c.start("m2")
	select {
	case <-second.Failed():
		require.ErrorIs(t, second.Err(), gossip.ErrNameTaken)
	case <-first.Failed():
		require.FailNow(t, "the one that was there gave way")
	case <-time.After(60 * time.Second):
		require.FailNow(t, "nobody noticed")
	}
	wait(t, c.members["m1"], "m2 alive", func(m map[string]gossip.Member) bool { return m["m2"].State == gossip.StateAlive })
}

// TestRestart starts a member again under its name: at another address, since it died.
func TestRestart(t *testing.T) {
	c := gather(t, 3, nil)
	require.NoError(t, c.members["m3"].Close())
	c.start("m3")
	took := c.await("all alive", func(string) map[string]gossip.State { return c.states(gossip.StateAlive) })
	t.Logf("restarted: seen by all after %s", took.Round(time.Millisecond))
}
