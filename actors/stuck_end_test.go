package actors

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// TestStuckDoesNotKeepTheEnd: nothing that ends waits for a turn that does not.
func TestStuckDoesNotKeepTheEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		end  func(p *Pool) error
	}{
		{"close", func(p *Pool) error { return errors.Join(p.Close(), p.Close()) }},
		{"drain and close", func(p *Pool) error { return errors.Join(p.Drain(context.Background()), p.Close()) }},
		{"removal of the function", func(p *Pool) error {
			p.Remove("endless")
			return p.Close()
		}},
		{"resize", func(p *Pool) error {
			return errors.Join(p.Resize(context.Background(), 1), p.Resize(context.Background(), 3), p.Resize(context.Background(), 1))
		}},
	} {
		for _, dedication := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				j := newJam(t)
				p := j.start(t, j.config(2))
				deploy(t, p, fn("endless", "bad", func(m *function.Manifest) { m.Dedicated = dedication }))
				require.Equal(t, function.ExceededCPU, take(t, p, ask(t, p, call("endless"))).Outcome)
				require.NoError(t, c.end(p))
				require.Equal(t, 1, p.Stats().StuckNow)
			})
		}
	}
}

// TestStuckWhileEnding: the turn is reported while somebody waits for it.
func TestStuckWhileEnding(t *testing.T) {
	for _, c := range []struct {
		name   string
		end    func(p *Pool) error
		begun  func(p *Pool) bool
		answer function.Outcome
	}{
		{"close", (*Pool).Close, func(p *Pool) bool { return p.d.cut.Load() }, function.Canceled},
		{"drain", func(p *Pool) error { return p.Drain(context.Background()) }, func(p *Pool) bool { return p.d.draining.Load() }, function.ExceededCPU},
		{"resize", func(p *Pool) error { return p.Resize(context.Background(), 1) }, func(p *Pool) bool {
			s := p.Stats()
			return s.Runtimes[len(s.Runtimes)-1].State == StateDraining
		}, function.ExceededCPU},
		{"removal", func(p *Pool) error { p.Remove("f"); return nil }, func(p *Pool) bool { return len(p.Functions()) == 0 }, function.ExceededCPU},
	} {
		for _, dedication := range []bool{false, true} {
			if dedication && c.name == "resize" {
				continue // is not about them
			}
			t.Run(c.name, func(t *testing.T) {
				report, release := make(chan struct{}), make(chan struct{})
				began := make(chan int, 2)
				stick := endless(release)
				l := &lab{script: func(r run) error {
					began <- r.f.spec.ID
					<-report
					if r.inv.ID == "stuck" {
						return stick(r)
					}
					return echo(r)
				}}
				cfg := l.config(2)
				p := l.start(t, cfg)
				t.Cleanup(sync.OnceFunc(func() { close(release) }))
				deploy(t, p, fn("f", "v1", func(m *function.Manifest) { m.Dedicated = dedication }))
				// The one that Resize stops is to be stuck.
				var answers []<-chan *function.Result
				for i := 0; i == 0 || (!dedication && i < 2); i++ {
					inv := call("f")
					inv.ID = "stuck"
					answers = append(answers, ask(t, p, inv))
					<-began
				}
				ended := make(chan error, 1)
				go func() { ended <- c.end(p) }()
				until(t, p, func(Stats) bool { return c.begun(p) })
				close(report)
				require.NoError(t, <-ended)
				for _, ch := range answers {
					require.Equal(t, c.answer, take(t, p, ch).Outcome)
				}
				want := 2
				switch {
				case c.name == "close":
					want = 0
				case c.name == "resize":
					want = 1
				case dedication && c.name == "drain": // it stays deployed, and has a successor
					want = 3
				}
				until(t, p, func(s Stats) bool { return len(s.Runtimes) == want && s.StuckNow == len(answers) })
			})
		}
	}
}

// TestStuckInBackOffIsDismissed: whoever takes the place of a stuck one has no actor
// yet when it is to go.
func TestStuckInBackOffIsDismissed(t *testing.T) {
	for _, c := range []struct {
		name string
		edit []func(*function.Manifest)
		end  func(p *Pool) error
		left int
	}{
		{"resize", nil, func(p *Pool) error { return p.Resize(context.Background(), 1) }, 1},
		{"removal", []func(*function.Manifest){dedicated}, func(p *Pool) error { p.Remove("last"); return nil }, 2},
		{"no longer dedicated", []func(*function.Manifest){dedicated}, func(p *Pool) error { return p.Deploy(fn("last", "good")) }, 2},
		{"close", nil, (*Pool).Close, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := newJam(t)
				p := j.startInBubble(t, j.config(2))
				for i := range backoffFree + 1 {
					edit := append([]func(*function.Manifest){func(m *function.Manifest) { m.Limits.Heap = function.GiB }}, c.edit...)
					deploy(t, p, fn("last", "bad", edit...))
					// Only the other runtime is free, so that it is always the same that gets stuck.
					if c.edit == nil {
						p.d.mu.Lock()
						p.d.slots[0].woken.Store(true)
						p.d.mu.Unlock()
					}
					require.Equal(t, function.ExceededCPU, take(t, p, ask(t, p, call("last"))).Outcome, i)
					synctest.Wait()
					p.d.mu.Lock()
					p.d.quarantine.lift("last", "good")
					p.d.mu.Unlock()
				}
				last := p.Stats().Runtimes[len(p.Stats().Runtimes)-1]
				require.Equal(t, StateBackoff, last.State)
				made := j.made.Load()
				require.NoError(t, c.end(p))
				synctest.Wait()
				require.Len(t, p.Stats().Runtimes, c.left)
				time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
				require.Equal(t, made, j.made.Load(), "nobody makes its isolate any more")
			})
		})
	}
}

// TestStuckMakesRoom: a retired runtime keeps its function's next one waiting, and gets
// stuck instead of draining.
func TestStuckMakesRoom(t *testing.T) {
	report, began := make(chan struct{}), make(chan struct{}, 1)
	j := newJam(t)
	stick := j.script
	j.script = func(r run) error {
		if r.fn.Version == "bad" {
			began <- struct{}{}
			<-report
		}
		return stick(r)
	}
	cfg := j.config(1)
	cfg.MaxDedicated = 1
	p := j.start(t, cfg)
	deploy(t, p, fn("wait", "v1", dedicated))
	parked := ask(t, p, call("wait"))
	until(t, p, func(s Stats) bool { return s.Queue == 0 && s.Runtimes[1].State == StateIdle })
	require.True(t, p.Remove("wait")) // its runtime drains, and has the first of two places
	deploy(t, p, fn("f", "bad", dedicated))
	culprit := ask(t, p, call("f"))
	<-began
	deploy(t, p, fn("f", "good", dedicated, heap(function.GiB)))
	waits := ask(t, p, call("f"))
	until(t, p, func(s Stats) bool { return len(runtimesOf(s, "f")) == 0 && s.Queue == 1 })
	require.Len(t, p.Stats().Runtimes, 3)
	close(report)
	require.Equal(t, function.ExceededCPU, take(t, p, culprit).Outcome)
	require.Equal(t, function.OK, take(t, p, waits).Outcome)
	require.NoError(t, p.Close())
	require.Equal(t, function.Canceled, take(t, p, parked).Outcome)
}

// TestStuckSlotIsNeverReady: the actor failed by itself, and was restarted, before the
// supervisor heard that it had been given up. Whatever it were given would be lost.
func TestStuckSlotIsNeverReady(t *testing.T) {
	s := newSim(t, 1)
	sl := s.slots[0]
	require.True(t, s.d.stuck(sl, sl.gen, &jsruntime.CondemnedError{Function: "f0", Outcome: function.ExceededCPU, Cause: errFactory}))
	s.d.begin(sl)
	require.Equal(t, vanish, s.d.ready(sl, nil, nil))
	require.False(t, sl.open())
}

// TestQueuedForAStuckVersionThatIsBack: calls came in under another version.
func TestQueuedForAStuckVersionThatIsBack(t *testing.T) {
	d := newDispatcher(DefaultConfig(), systemClock{})
	d.wake, d.staff = func(*slot) {}, func() {}
	d.add(newSlot(0))
	require.NoError(t, d.deploy(fn("f", "good")))
	d.quarantine.stick("f", "bad", "a turn that ended after good was deployed")
	var got *function.Result
	d.submit(call("f"), func(res *function.Result) { got = res }, false)
	require.Nil(t, got, "good is not refused")
	require.NoError(t, d.deploy(fn("f", "bad")))
	require.NotNil(t, got)
	require.Equal(t, function.Overloaded, got.Outcome)
}
