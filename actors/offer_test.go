package actors

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

// crowd is a pool of one runtime with room for one, and n calls queued behind it.
func crowd(t *testing.T, l *lab, n int, edit func(*Config)) (*Pool, *tally) {
	t.Helper()
	l.script = func(r run) error {
		if r.inv.Function == "wait" {
			return park(r)
		}
		return echo(r)
	}
	cfg := l.config(1)
	cfg.MaxInflight = 1
	edit(&cfg)
	p := l.start(t, cfg)
	deploy(t, p, fn("wait", "v1", patient))
	deploy(t, p, fn("f", "v1", func(m *function.Manifest) { m.Limits.Wall = 10 * time.Second }))
	ask(t, p, call("wait"))
	synctest.Wait()
	tl := newTally(t)
	for i := range n {
		inv := call("f")
		inv.ID = fmt.Sprint(i)
		tl.submit(p, inv)
	}
	require.Equal(t, n, p.Stats().Queue)
	return p, tl
}

func TestResizeToNoneWithWorkQueued(t *testing.T) {
	const n = 5
	for _, c := range []struct {
		name  string
		peer  bool
		wants bool
		want  function.Outcome
		after time.Duration
	}{
		{"a peer takes it", true, true, function.OK, 0},
		{"nobody has room", true, false, function.Timeout, 10 * time.Second},
		{"a node alone", false, false, function.Overloaded, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, o := &lab{}, newPeer(c.wants)
				p, tl := crowd(t, l, n, func(cfg *Config) {
					if c.peer {
						cfg.Overflow = o.overflow
					}
				})
				resized := make(chan error, 1)
				go func() { resized <- p.Resize(t.Context(), 0) }()
				began := time.Now()
				require.Equal(t, map[function.Outcome]int{c.want: n}, tl.all(p))
				require.Equal(t, c.after, time.Since(began))
				require.Empty(t, resized, "what is in flight is waited for")
				require.Zero(t, p.Load().Room)
				require.Zero(t, p.Load().Runtimes)
				if c.wants {
					for i := range n {
						require.Equal(t, fmt.Sprint(i), (<-o.asked).ID, "the oldest first")
					}
				}
				if c.peer && !c.wants {
					require.Greater(t, len(o.asked), 10, "it is asked again")
					require.Less(t, len(o.asked), 20, "with a back-off, for one of all")
				}
			})
		})
	}
}

// TestOfferedAgain: nobody had room, and somebody has later; or there are runtimes again.
func TestOfferedAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		help func(p *Pool, o *peer)
		node string
	}{
		{"a peer", func(_ *Pool, o *peer) { o.room.Store(true) }, "n2"},
		{"runtimes", func(p *Pool, _ *peer) { _ = p.Resize(context.Background(), 1) }, "n1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, o := &lab{script: echo}, newPeer(false)
				cfg := l.config(0)
				cfg.Overflow = o.overflow
				p := l.start(t, cfg)
				deploy(t, p, fn("f", "v1"))
				answers := []<-chan *function.Result{ask(t, p, call("f")), ask(t, p, call("f"))}
				time.Sleep(3 * time.Second) //nolint:forbidigo // the bubble's clock
				synctest.Wait()
				require.Equal(t, 2, p.Stats().Queue)
				c.help(p, o)
				began := time.Now()
				for _, ch := range answers {
					require.Equal(t, c.node, take(t, p, ch).Receipt.Node)
				}
				require.LessOrEqual(t, time.Since(began), offerCap)
			})
		})
	}
}

// TestNothingWaitsForEver: calls without a deadline, and those that came from a peer.
func TestNothingWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, o := &lab{}, newPeer(false)
		p, tl := crowd(t, l, 1, func(cfg *Config) { cfg.Overflow = o.overflow })
		endless := func(m *function.Manifest) { m.Limits.Wall = 0 }
		deploy(t, p, fn("endless", "v1", endless))
		deploy(t, p, fn("gone", "v1"))
		noDeadline, gone := ask(t, p, call("endless")), ask(t, p, call("gone"))
		hopped := make(chan *function.Result, 1)
		p.SubmitHere(call("f"), func(res *function.Result) { hopped <- res })
		go func() { _ = p.Resize(t.Context(), 0) }()
		synctest.Wait()
		require.Equal(t, function.Overloaded, (<-noDeadline).Outcome)
		require.Equal(t, function.Overloaded, (<-hopped).Outcome)
		require.Equal(t, function.Overloaded, (<-ask(t, p, call("endless"))).Outcome, "one that comes now")
		p.SubmitHere(call("f"), func(res *function.Result) { hopped <- res })
		require.Equal(t, function.Overloaded, (<-hopped).Outcome)
		require.Empty(t, gone)
		p.Remove("gone")
		require.Equal(t, function.NotFound, (<-gone).Outcome)
		require.Equal(t, map[function.Outcome]int{function.Timeout: 1}, tl.all(p))
	})
}

// TestPutBackWithNoRuntimeLeft: the isolate of the last runtime dies while it drains.
func TestPutBackWithNoRuntimeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var die atomic.Pointer[func()]
		l, o := &lab{script: func(r run) error {
			dies := func() { r.f.now(func() error { return condemnedBy(r) }) }
			die.Store(&dies)
			return nil
		}}, newPeer(true)
		cfg := l.config(1)
		cfg.Overflow = o.overflow
		p := l.start(t, cfg)
		deploy(t, p, fn("f", "v1", idempotent))
		answer := ask(t, p, call("f"))
		synctest.Wait()
		resized := make(chan error, 1)
		go func() { resized <- p.Resize(t.Context(), 0) }()
		synctest.Wait()
		(*die.Load())()
		res := take(t, p, answer)
		require.Equal(t, "n2", res.Receipt.Node)
		require.Equal(t, 2, res.Receipt.Attempts, "one here, one there")
		require.Equal(t, 2, (<-o.asked).Attempt)
		require.NoError(t, <-resized)
	})
}

// TestOffersEndWithClose: a pass that is under way is waited for, and no other begins.
func TestOffersEndWithClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, o := &lab{}, newPeer(false)
		p, tl := crowd(t, l, 3, func(cfg *Config) { cfg.Overflow = o.overflow })
		decide := make(chan struct{})
		o.think = func() { <-decide }
		go func() { _ = p.Resize(t.Context(), 0) }()
		synctest.Wait()
		require.Len(t, o.asked, 1)
		closed := make(chan error, 1)
		go func() { closed <- p.Close() }()
		require.Equal(t, map[function.Outcome]int{function.Canceled: 3}, tl.all(p))
		synctest.Wait()
		require.Empty(t, closed)
		close(decide)
		require.NoError(t, <-closed)
		time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
		require.Len(t, o.asked, 1)
		require.Zero(t, p.Stats().Queue)
	})
}

// TestHousedWhileItIsOffered: the runtime is there before the peer refuses, and idle.
func TestHousedWhileItIsOffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, o := &lab{script: echo}, newPeer(false)
		p := l.start(t, asked(l, o))
		deploy(t, p, fn("own", "v1", dedicated))
		o.think = func() {
			if len(o.asked) < 2 {
				return // as it comes
			}
			if err := p.House(context.Background(), "own", true); err != nil {
				t.Error(err)
			}
		}
		began := time.Now()
		answer := ask(t, p, call("own"))
		require.Equal(t, FirstDedicated, take(t, p, answer).Receipt.Runtime)
		require.Equal(t, offerFirst, time.Since(began))
	})
}

// TestRemovedAsItComes: between the look at the registry and the queue.
func TestRemovedAsItComes(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Overflow, cfg.SpillAt = newPeer(true).overflow, 1
	d := newDispatcher(cfg, systemClock{})
	d.wake, d.staff = func(*slot) {}, func() {}
	require.NoError(t, d.deploy(fn("f", "v1")))
	rec := d.registry.lookup("f")
	tk := newTicket(call("f"), nil, rec, rec.version(), time.Now())
	require.True(t, d.remove("f"))
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.judge(tk, time.Now(), true)
	require.Nil(t, v.offer)
	require.Equal(t, function.NotFound, v.res.Outcome)
}
