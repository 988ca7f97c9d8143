package actors

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestDrainWaitsForAllThatIsAccepted(t *testing.T) {
	release := make(chan struct{})
	l := &lab{script: blockable(release)}
	p := l.start(t, l.config(1))
	deploy(t, p, fn("block", "v1"))
	deploy(t, p, fn("f", "v1"))
	tl := newTally(t)
	tl.submit(p, call("block"))
	for range 20 {
		tl.submit(p, call("f"))
	}
	drained := make(chan error, 1)
	go func() { drained <- p.Drain(context.Background()) }()
	until(t, p, func(Stats) bool { return p.d.draining.Load() })
	require.Equal(t, function.Canceled, take(t, p, ask(t, p, call("f"))).Outcome, "new work")
	select {
	case err := <-drained:
		t.Fatalf("drained with work left: %v", err)
	default:
	}
	close(release)
	require.NoError(t, <-drained)
	require.Equal(t, map[function.Outcome]int{function.OK: 21}, tl.all(p))
	require.NoError(t, p.Drain(t.Context()), "again")
}

func TestDrainWaitsForWaitUntil(t *testing.T) {
	settled := make(chan func(), 1)
	l := &lab{script: func(r run) error {
		r.f.extra++
		settled <- func() {
			r.f.now(func() error {
				r.f.extra--
				return nil
			})
		}
		return echo(r)
	}}
	p := l.start(t, l.config(1))
	deploy(t, p, fn("f", "v1"))
	require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome)
	require.ErrorIs(t, p.Drain(within(t, time.Millisecond)), context.DeadlineExceeded)
	until(t, p, func(s Stats) bool { return s.Runtimes[0].Inflight == 0 }) // CancelAll ended it
	(<-settled)()
}

func TestDrainPastItsGraceCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := &lab{script: func(r run) error {
			if r.inv.Function == "block" {
				<-release
				return echo(r)
			}
			return park(r)
		}}
		cfg := l.config(2)
		cfg.MaxInflight = 2
		p := l.start(t, cfg)
		deploy(t, p, fn("block", "v1"))
		deploy(t, p, fn("f", "v1"))
		tl := newTally(t)
		tl.submit(p, call("block")) // one in a turn, some parked, some queued
		synctest.Wait()
		for range 8 {
			tl.submit(p, call("f"))
		}
		synctest.Wait()
		require.Equal(t, 6, p.Stats().Queue)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		err := p.Drain(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "9 invocations canceled")
		require.Equal(t, 5*time.Second, time.Since(began))
		require.Equal(t, map[function.Outcome]int{function.Canceled: 9}, tl.all(p))
		close(release)
		require.NoError(t, p.Close())
		require.Zero(t, p.Stats().Late, "what comes after the cut is no news")
	})
}

func TestCloseAnswersWhatIsLeft(t *testing.T) {
	l := &lab{script: park}
	cfg := l.config(2)
	cfg.MaxInflight = 3
	p := l.start(t, cfg)
	deploy(t, p, fn("f", "v1"))
	tl := newTally(t)
	for range 10 {
		tl.submit(p, call("f"))
	}
	require.NoError(t, p.Close())
	require.Equal(t, map[function.Outcome]int{function.Canceled: 10}, tl.all(p))
}

// TestCloseInTheMiddle closes at any moment of a crashing load.
func TestCloseInTheMiddle(t *testing.T) {
	for range 30 {
		l := &lab{script: func(r run) error {
			if r.inv.Function == "bad" {
				return condemn(r)
			}
			return async(r)
		}}
		p := l.start(t, l.config(2))
		deploy(t, p, fn("bad", "v1"))
		deploy(t, p, fn("f", "v1", idempotent))
		tl := newTally(t)
		closed := make(chan error, 1)
		for i := range 200 {
			name := "f"
			if i%20 == 10 {
				name = "bad"
			}
			tl.submit(p, call(name))
			if i == 100 {
				go func() { closed <- p.Close() }()
			}
		}
		require.NoError(t, <-closed)
		total := 0
		for _, n := range tl.all(p) {
			total += n
		}
		require.Equal(t, 200, total)
		require.Zero(t, l.alive.Load())
	}
}
