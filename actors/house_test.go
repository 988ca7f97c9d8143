package actors

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func asked(l *lab, o *peer) Config {
	cfg := l.config(1)
	cfg.Dedicated, cfg.Elsewhere = DedicatedAsked, o.elsewhere
	cfg.Overflow = func(*function.Invocation, func(*function.Result)) bool {
		panic("asked for a dedicated function")
	}
	return cfg
}

func TestHouse(t *testing.T) {
	l, o := &lab{script: echo}, newPeer(true)
	cfg := asked(l, o)
	cfg.MaxDedicated = 1
	p := l.start(t, cfg)
	deploy(t, p, fn("own", "v1", dedicated))
	deploy(t, p, fn("other", "v1", dedicated)) // as many as there are in the cluster
	require.Empty(t, runtimesOf(p.Stats(), "own"))
	require.Equal(t, "n2", take(t, p, ask(t, p, call("own"))).Receipt.Node)

	here := make(chan *function.Result, 1)
	p.SubmitHere(call("own"), func(res *function.Result) { here <- res })
	res := take(t, p, here)
	require.Equal(t, function.Overloaded, res.Outcome, "at most one hop")
	require.Contains(t, res.Message, "this node is not the one that has it")

	require.NoError(t, p.House(t.Context(), "own", true))
	require.NoError(t, p.House(t.Context(), "own", true), "idempotent")
	require.Equal(t, []string{"own"}, p.Housed())
	require.Equal(t, StateIdle, p.Stats().Runtimes[1].State, "House waits for the isolate")
	require.Equal(t, FirstDedicated, take(t, p, ask(t, p, call("own"))).Receipt.Runtime)
	p.SubmitHere(call("own"), func(res *function.Result) { here <- res })
	require.Equal(t, FirstDedicated, take(t, p, here).Receipt.Runtime)

	err := p.House(t.Context(), "other", true)
	require.ErrorAs(t, err, new(*DedicatedError))
	require.ErrorContains(t, err, "by own")

	require.NoError(t, p.House(t.Context(), "own", false))
	require.NoError(t, p.House(t.Context(), "own", false), "idempotent")
	require.Empty(t, p.Housed())
	require.Len(t, p.Stats().Runtimes, 1, "House waits for its end")
	require.EqualValues(t, 1, l.alive.Load())
	require.Equal(t, "n2", take(t, p, ask(t, p, call("own"))).Receipt.Node)

	require.NoError(t, p.House(t.Context(), "later", true), "before it is deployed")
	deploy(t, p, fn("later", "v1", dedicated))
	require.GreaterOrEqual(t, take(t, p, ask(t, p, call("later"))).Receipt.Runtime, FirstDedicated)
	deploy(t, p, fn("later", "v2"))
	require.Zero(t, take(t, p, ask(t, p, call("later"))).Receipt.Runtime, "no longer dedicated")

	require.NoError(t, p.Close())
	require.ErrorIs(t, p.House(t.Context(), "own", true), ErrClosed)
	require.ErrorIs(t, p.House(t.Context(), "own", false), ErrClosed)
}

func TestHouseIsForThePoolThatIsAsked(t *testing.T) {
	l := &lab{script: echo}
	p := l.start(t, l.config(1))
	require.ErrorIs(t, p.House(t.Context(), "f", true), ErrConfig)
}

// TestHouseEndsWithWork: what is in flight is finished, what is queued goes elsewhere,
// or stays until its deadline, or until it is housed again.
func TestHouseEndsWithWork(t *testing.T) {
	for _, c := range []struct {
		name  string
		wants bool
		back  bool
		node  string
		want  function.Outcome
	}{
		{"taken", true, false, "n2", function.OK},
		{"refused", false, false, "n1", function.Timeout},
		{"housed again", false, true, "n1", function.OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				finish := make(chan func(), 10)
				l, o := &lab{script: func(r run) error {
					if r.inv.ID != "first" {
						return echo(r)
					}
					finish <- func() {
						r.f.now(func() error {
							r.done(okay())
							return nil
						})
					}
					return nil
				}}, newPeer(c.wants)
				p := l.start(t, asked(l, o))
				deploy(t, p, fn("own", "v1", dedicated, inflight(1)))
				require.NoError(t, p.House(t.Context(), "own", true))
				inv := call("own")
				inv.ID = "first"
				first := ask(t, p, inv)
				synctest.Wait()
				second := ask(t, p, call("own"))
				require.Equal(t, 1, p.Stats().Queue)

				short, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				require.ErrorIs(t, p.House(short, "own", false), context.DeadlineExceeded, "it is in flight")
				ended := make(chan error, 1)
				go func() { ended <- p.House(t.Context(), "own", false) }()
				synctest.Wait()
				if c.back {
					require.Equal(t, 1, p.Stats().Queue)
					require.NoError(t, p.House(t.Context(), "own", true))
				}
				res := take(t, p, second)
				require.Equal(t, c.want, res.Outcome)
				require.Equal(t, c.node, res.Receipt.Node)
				require.Empty(t, ended)
				(<-finish)()
				require.NoError(t, <-ended)
				require.Equal(t, "n1", take(t, p, first).Receipt.Node)
				if !c.back {
					require.Len(t, p.Stats().Runtimes, 1)
				}
			})
		})
	}
}

// TestElsewhereRefuses: a call of one that is housed nowhere waits for it, in its bound.
func TestElsewhereRefuses(t *testing.T) {
	l, o := &lab{script: echo}, newPeer(false)
	cfg := asked(l, o)
	cfg.Queue = 1
	p := l.start(t, cfg)
	deploy(t, p, fn("own", "v1", dedicated))
	waits := ask(t, p, call("own"))
	require.Equal(t, 1, p.Stats().Queue)
	require.Equal(t, function.Overloaded, take(t, p, ask(t, p, call("own"))).Outcome)
	require.NoError(t, p.House(t.Context(), "own", true))
	require.Equal(t, FirstDedicated, take(t, p, waits).Receipt.Runtime)
}

func TestNoElsewhere(t *testing.T) {
	l := &lab{script: echo}
	cfg := l.config(1)
	cfg.Dedicated = DedicatedAsked
	p := l.start(t, cfg)
	deploy(t, p, fn("own", "v1", dedicated))
	require.Equal(t, function.Overloaded, take(t, p, ask(t, p, call("own"))).Outcome)
}

// TestHouseAndStuck: the runtime gets stuck; its heir has the same house, and goes with it.
func TestHouseAndStuck(t *testing.T) {
	j := newJam(t)
	p := j.start(t, asked(&j.lab, newPeer(true)))
	deploy(t, p, fn("own", "bad", dedicated))
	require.NoError(t, p.House(t.Context(), "own", true))
	require.Equal(t, function.ExceededCPU, take(t, p, ask(t, p, call("own"))).Outcome)
	until(t, p, func(s Stats) bool { return len(runtimesOf(s, "own")) == 1 && s.Runtimes[1].State == StateIdle })
	require.NoError(t, p.House(t.Context(), "own", true), "nobody waits for the stuck one")
	require.NoError(t, p.House(t.Context(), "own", false))
	require.Len(t, p.Stats().Runtimes, 1)
	require.Equal(t, 1, p.Stats().StuckNow)
}
