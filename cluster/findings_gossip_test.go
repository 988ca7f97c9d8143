package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/gossip"
)

// The findings that depend on how the membership behaves, on the real gossip under load.

// TestFinding02And03OnRealGossip: members join and leave while messages go to grains: none
// fails, none runs twice, and no activation serves beside another.
func TestFinding02And03OnRealGossip(t *testing.T) {
	w := newWorld(t, func(cfg *gossip.Config) {
		cfg.Preset = gossip.PresetLocal
		cfg.Timings.SuspicionMult = 50 // nobody dies here, however busy the machine is
	})
	a, b := w.start("a"), w.start("b")
	see(t, a, b)
	l := w.ask(identities(20), a)
	l.more(200)
	c := w.start("c")
	d := w.start("d")
	l.more(200)
	see(t, a, b, c, d)
	l.more(200)
	leaving, done := context.WithTimeout(context.Background(), patience)
	defer done()
	require.NoError(t, b.Stop(leaving))
	l.more(200)
	require.NoError(t, d.Stop(leaving))
	l.more(200)
	l.stop()
	require.Zero(t, l.failed.Load(), l)
	require.Zero(t, w.log.overlaps(), "an activation went on beside its successor")
	require.Empty(t, w.log.twice(), "messages that ran twice")
	t.Log(l)
}

// TestFinding04OnRealGossip cuts a member off, or freezes it, under load, until the others
// have taken its grains over: it comes back under another id, or both others do, no
// activation serves beside another at any time, and nothing runs twice.
func TestFinding04OnRealGossip(t *testing.T) {
	for name, fault := range map[string]struct{ begin, end func(*world) }{
		"split":  {func(w *world) { w.net.Split([]string{"a", "b"}, []string{"c"}) }, func(w *world) { w.net.Heal() }},
		"freeze": {func(w *world) { w.net.Freeze("c") }, func(w *world) { w.net.Thaw("c") }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(cfg *gossip.Config) { cfg.Preset = gossip.PresetLocal })
			a, b, c := w.start("a"), w.start("b"), w.start("c")
			see(t, a, b, c)
			ids := identities(20)
			for _, m := range []*Cluster{a, b, c} {
				m.Keep("counter", ids)
			}
			l := w.ask(ids, a, b, c)
			l.more(200)
			before := [...]uint64{a.Stats().Fenced, b.Stats().Fenced, c.Stats().Fenced}

			began := time.Now()
			fault.begin(w)
			w.cut("c", true) // the store is on the others' side
			eventually(t, "the others take over", func() (bool, any) {
				return a.grains.active()+b.grains.active() >= len(ids), []any{a.grains.active(), b.grains.active(), a.view.Load().why}
			})
			// It may have given its grains away before that, as nobody could call it.
			eventually(t, "both have seen it gone", func() (bool, any) {
				_, atA := a.view.Load().peers["c"]
				_, atB := b.view.Load().peers["c"]
				return !atA && !atB, []any{a.view.Load().why, b.view.Load().why}
			})
			moved := time.Since(began)
			l.more(200)

			began = time.Now()
			fault.end(w)
			w.cut("c", false)
			see(t, a, b, c)
			eventually(t, "each grain is active once", func() (bool, any) {
				ok, state := w.log.once(ids)
				return ok && a.grains.active()+b.grains.active()+c.grains.active() == len(ids), state
			})
			healed := time.Since(began)
			// The others block the id that it had, and it blocks theirs: whoever is told first
			// begins anew, and then blocks nobody.
			eventually(t, "no two meet again that took each other for gone", func() (bool, any) {
				now := [...]uint64{a.Stats().Fenced, b.Stats().Fenced, c.Stats().Fenced}
				return now[2] > before[2] || now[0] > before[0] && now[1] > before[1], now
			})
			during := l.forgive()
			l.more(500)
			l.stop()
			require.Zero(t, w.log.overlaps(), "an activation went on beside its successor")
			require.Empty(t, w.log.twice(), "messages that ran twice")
			for _, from := range []*Cluster{a, b, c} {
				for _, to := range []string{"a", "b", "c"} {
					require.NoError(t, call(t, from, to, "echo", "").err, "%s to %s", from.cfg.Name, to)
				}
			}
			t.Logf("grains moved after %s, back in order after %s, began anew: a %d, b %d, c %d times; %d failed meanwhile; %s",
				moved.Round(time.Millisecond), healed.Round(time.Millisecond), a.Stats().Fenced, b.Stats().Fenced, c.Stats().Fenced, during, l)
		})
	}
}
