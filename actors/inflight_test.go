package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// TestInflightLimitIsNamed: a call that waits until its time is up, or is refused, since
// its function has as many in flight as it may, is told the limit and what is used of it.
func TestInflightLimitIsNamed(t *testing.T) {
	const advice = ": send fewer at a time, or raise limits.inflight"
	for _, c := range []struct {
		name     string
		runtimes int
		fn       *bundle.Function
		busy     int
		want     string
	}{
		{"of one isolate", 1, fn("f", "v1", inflight(2)), 2, ": inflight limit of 2 reached (used 2)" + advice},
		{"of each of them", 2, fn("f", "v1", inflight(2)), 4, ": inflight limit of 2 in each of 2 isolates reached (used 4)" + advice},
		{"of its own isolate", 2, fn("f", "v1", inflight(1), dedicated), 1, ": inflight limit of 1 reached (used 1)" + advice},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &lab{script: park}
				cfg := l.config(c.runtimes)
				cfg.Queue = 1
				p := l.start(t, cfg)
				deploy(t, p, c.fn)
				tl := newTally(t)
				for n := range c.busy {
					tl.submit(p, call("f"))
					until(t, p, func(s Stats) bool { return s.Pending == n+1 && s.Queue == 0 })
				}
				late := call("f")
				late.Deadline = time.Now().Add(5 * time.Second)
				waits := ask(t, p, late)
				refused := take(t, p, ask(t, p, call("f")))
				require.Equal(t, function.Overloaded, refused.Outcome)
				require.Contains(t, refused.Message, c.want)
				timeout := take(t, p, waits)
				require.Equal(t, function.Timeout, timeout.Outcome)
				require.Contains(t, timeout.Message, "before the function could start, 5s after the message came"+c.want)
				require.NoError(t, p.Close())
				tl.all(p)
			})
		})
	}
}

// TestInflightLimitIsNotBlamedForOthers: what waits for another function is told nothing
// of its own limit.
func TestInflightLimitIsNotBlamedForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{script: park}
		cfg := l.config(1)
		cfg.MaxInflight = 1
		p := l.start(t, cfg)
		deploy(t, p, fn("f", "v1", inflight(1)))
		deploy(t, p, fn("other", "v1"))
		tl := newTally(t)
		tl.submit(p, call("other"))
		until(t, p, func(s Stats) bool { return s.Pending == 1 && s.Queue == 0 })
		late := call("f")
		late.Deadline = time.Now().Add(time.Second)
		res := take(t, p, ask(t, p, late))
		require.Equal(t, function.Timeout, res.Outcome)
		require.NotContains(t, res.Message, "limit")
		require.NoError(t, p.Close())
		tl.all(p)
	})
}

// TestRecursionIsNotBehindDeeperCalls: a call that its function waits for itself has room where a
// deeper one of others has none, and does not wait for that one's turn.
func TestRecursionIsNotBehindDeeperCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{script: func(r run) error {
			if r.inv.ID == "recursive" {
				return echo(r)
			}
			return park(r)
		}}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("f", "v1", patient, inflight(1)))
		ask(t, p, call("f"))
		synctest.Wait()
		outside, deep, own := call("f"), call("f"), call("f")
		deep.Depth = 3
		own.ID, own.Depth, own.Recursive = "recursive", 1, true
		ask(t, p, outside)
		ask(t, p, deep)
		res := ask(t, p, own)
		synctest.Wait()
		require.Len(t, res, 1, "it waits: %s", describe(p))
		require.Equal(t, function.OK, (<-res).Outcome)
		require.Equal(t, 2, p.Stats().Queue)
	})
}
