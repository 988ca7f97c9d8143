package share

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/cluster/gossip"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// group is a membership that the test sets.
type group struct {
	mu      sync.Mutex
	members []gossip.Member
	alone   bool
	tick    chan struct{}
}

func (g *group) Members() []gossip.Member {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.members
}

func (g *group) Joined() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.alone
}

func (g *group) Subscribe() (<-chan struct{}, func()) { return g.tick, func() {} }

func (g *group) set(alone bool, members ...gossip.Member) {
	g.mu.Lock()
	g.members, g.alone = members, alone
	g.mu.Unlock()
	g.tick <- struct{}{}
}

func member(name string, state gossip.State, draining, client bool) gossip.Member {
	return gossip.Member{Name: name, State: state, Info: gossip.Info{Weight: 1, Draining: draining, Client: client}}
}

func alive(name string) gossip.Member { return member(name, gossip.StateAlive, false, false) }

func TestOf(t *testing.T) {
	a, b := alive("a"), alive("b")
	for name, c := range map[string]struct {
		members []gossip.Member
		a, sum  int
	}{
		"alone":    {[]gossip.Member{a}, 12, 12},
		"two":      {[]gossip.Member{a, b}, 6, 12},
		"dead":     {[]gossip.Member{a, member("b", gossip.StateDead, false, false)}, 12, 12},
		"left":     {[]gossip.Member{a, member("b", gossip.StateLeft, false, false)}, 12, 12},
		"suspect":  {[]gossip.Member{a, member("b", gossip.StateSuspect, false, false)}, 6, 12},
		"draining": {[]gossip.Member{a, member("b", gossip.StateAlive, true, false)}, 12, 12},
		"client":   {[]gossip.Member{a, member("b", gossip.StateAlive, false, true)}, 12, 12},
		"nobody":   {nil, 0, 0},
	} {
		shares := Of(12, c.members)
		sum := 0
		for _, n := range shares {
			sum += n
		}
		require.Equal(t, c.a, shares["a"], name)
		require.Equal(t, c.sum, sum, name)
	}
}

func TestKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &group{tick: make(chan struct{}), members: []gossip.Member{alive("a")}, alone: true}
		totals := make(chan string)
		var sizes []int
		k := Start(Config{Node: "a", Default: 2, Max: 10, ShrinkAfter: 3 * time.Second}, Deps{
			Membership: g, Totals: totals,
			Resize: func(_ context.Context, n int) error { sizes = append(sizes, n); return nil },
		})
		defer k.Close()
		step := func(want ...int) {
			t.Helper()
			synctest.Wait()
			require.Equal(t, want, sizes)
			sizes = nil
		}
		totals <- "12"
		step() // alone, and told of others: it keeps what it has
		g.set(false, alive("a"), alive("b"))
		step(6)
		g.set(false, alive("a"), alive("b"), alive("c"))
		step() // fewer: not at once
		g.set(false, alive("a"), alive("b"))
		time.Sleep(5 * time.Second) //nolint:forbidigo // the bubble's clock
		step()                      // c was there for a moment alone
		g.set(false, alive("a"), alive("b"), alive("c"))
		time.Sleep(5 * time.Second) //nolint:forbidigo // the bubble's clock
		step(4)
		g.set(false, alive("a"))
		step(10) // all twelve, but for Max
		require.Equal(t, 10, k.Wanted())
		totals <- "many"
		step()
		total, ok := k.Total()
		require.True(t, ok)
		require.Equal(t, 12, total)
		totals <- "0"
		time.Sleep(5 * time.Second) //nolint:forbidigo // the bubble's clock
		step(0)
		totals <- ""
		step(2)
		require.NoError(t, k.SetDefault(t.Context(), 5))
		step(5)
		require.NoError(t, k.SetDefault(t.Context(), 1))
		step(1) // fewer at once: somebody said so
		totals <- "4"
		step(4)
		require.NoError(t, k.SetDefault(t.Context(), 7))
		step() // a total goes before
		totals <- ""
		step(7)
		require.NoError(t, k.SetDefault(t.Context(), 2))
		step(2)
		close(totals)
		g.set(false, alive("a"), alive("b"))
		step()
	})
}
