package actors

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestSubmitAnswers(t *testing.T) {
	l := &lab{script: async}
	p := l.start(t, l.config(2))
	deploy(t, p, fn("hello", "v1"))
	past := call("hello")
	past.Deadline = time.Now().Add(-time.Second)
	for _, c := range []struct {
		name    string
		inv     *function.Invocation
		want    function.Outcome
		runtime bool
	}{
		{"runs", call("hello"), function.OK, true},
		{"not deployed", call("nobody"), function.NotFound, false},
		{"too late", past, function.Timeout, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := take(t, p, ask(t, p, c.inv))
			require.Equal(t, c.want, res.Outcome, res.Message)
			require.Equal(t, "n1", res.Receipt.Node)
			require.Equal(t, c.runtime, res.Receipt.Runtime >= 0)
			if c.runtime {
				require.Equal(t, 1, res.Receipt.Attempts)
				require.Positive(t, res.Receipt.Queued)
			}
		})
	}
	require.EqualValues(t, 1, p.Stats().Accepted)
	require.Equal(t, map[function.Outcome]uint64{function.OK: 1, function.NotFound: 1, function.Timeout: 1}, p.Stats().Outcomes)
	require.Equal(t, map[function.Outcome]uint64{function.OK: 1, function.Timeout: 1}, p.Functions()[0].Outcomes)
}

// blockable is a script that echoes, but for "block", which computes until released.
func blockable(release <-chan struct{}) script {
	return func(r run) error {
		if r.inv.Function == "block" {
			<-release
		}
		return echo(r)
	}
}

func TestWorkGoesToTheIdleRuntime(t *testing.T) {
	release := make(chan struct{})
	l := &lab{script: blockable(release)}
	p := l.start(t, l.config(2))
	deploy(t, p, fn("block", "v1"))
	deploy(t, p, fn("quick", "v1"))
	blocked := ask(t, p, call("block"))
	until(t, p, func(s Stats) bool { return s.Pending == 1 && s.Queue == 0 })
	for range 1000 {
		require.Equal(t, function.OK, take(t, p, ask(t, p, call("quick"))).Outcome)
	}
	close(release)
	require.Equal(t, function.OK, take(t, p, blocked).Outcome)
}

// TestWakeBehindALongTurnIsHandedOn: the chosen runtime enters a long turn, for an
// event that was in its mailbox first, while another is free.
func TestWakeBehindALongTurnIsHandedOn(t *testing.T) {
	release, posted := make(chan struct{}), make(chan struct{})
	l := &lab{script: park}
	cfg := l.config(2)
	p := l.start(t, cfg)
	deploy(t, p, fn("f", "v1"))
	l.script = func(r run) error {
		if r.inv.ID != "first" {
			return echo(r)
		}
		// A turn that posts a long one, then ends: the wake of the next Submit may
		// come to stand behind it.
		r.f.now(func() error {
			close(posted)
			<-release
			r.done(okay())
			return nil
		})
		return nil
	}
	first := call("f")
	first.ID = "first"
	parked := ask(t, p, first)
	for range 100 {
		require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome)
	}
	<-posted
	close(release)
	require.Equal(t, function.OK, take(t, p, parked).Outcome)
}

func TestAffinity(t *testing.T) {
	for _, c := range []struct {
		name     string
		affinity bool
		warm     int // runtimes in which the function is warm at the end
	}{{"on", true, 1}, {"off", false, 3}} {
		t.Run(c.name, func(t *testing.T) {
			l := &lab{script: echo}
			cfg := l.config(3)
			cfg.Affinity = c.affinity
			p := l.start(t, cfg)
			deploy(t, p, fn("f", "v1"))
			for range 30 {
				until(t, p, func(s Stats) bool {
					return s.Runtimes[0].State == StateIdle && s.Runtimes[1].State == StateIdle && s.Runtimes[2].State == StateIdle
				})
				take(t, p, ask(t, p, call("f")))
			}
			require.NoError(t, p.Close())
			warm := 0
			for id := range 3 {
				if l.latest(id).Warm("f", "v1") {
					warm++
				}
			}
			require.Equal(t, c.warm, warm)
		})
	}
}

func TestEvictedContextIsForgotten(t *testing.T) {
	l := &lab{script: func(r run) error {
		if r.inv.Function == "b" {
			delete(r.f.warm, "a")
		}
		return echo(r)
	}}
	p := l.start(t, l.config(1))
	deploy(t, p, fn("a", "v1"))
	deploy(t, p, fn("b", "v1"))
	take(t, p, ask(t, p, call("a")))
	for range 3 { // each turn checks one entry beside its own
		take(t, p, ask(t, p, call("b")))
	}
	until(t, p, func(s Stats) bool { return s.Runtimes[0].State == StateIdle })
	p.d.mu.Lock()
	defer p.d.mu.Unlock()
	require.Equal(t, []string{"", "v1"}, []string{p.d.slots[0].functions[0].warm, p.d.slots[0].functions[1].warm})
}

func TestInvocationKeepsTheVersionItStartedOn(t *testing.T) {
	release := make(chan struct{})
	versions := make(chan string, 4)
	l := &lab{}
	l.script = func(r run) error {
		if r.inv.Function == "block" {
			<-release
			return echo(r)
		}
		r.f.later(func() error {
			versions <- r.fn.Version
			return echo(r)
		})
		return nil
	}
	p := l.start(t, l.config(1))
	deploy(t, p, fn("block", "v1"))
	deploy(t, p, fn("f", "v1"))
	deploy(t, p, fn("g", "v1"))
	blocked := ask(t, p, call("block"))
	queued, removed := ask(t, p, call("f")), ask(t, p, call("g"))
	deploy(t, p, fn("f", "v2"))
	require.True(t, p.Remove("g"))
	require.False(t, p.Remove("g"))
	require.Equal(t, function.NotFound, take(t, p, removed).Outcome)
	close(release)
	take(t, p, blocked)
	require.Equal(t, function.OK, take(t, p, queued).Outcome)
	require.Equal(t, "v2", <-versions, "the version when it started")

	deploy(t, p, fn("f", "v2"))
	info := p.Functions()
	require.Len(t, info, 2)
	require.Equal(t, "v2", info[1].Version)
}

func TestOverloadIsBounded(t *testing.T) {
	release := make(chan struct{})
	l := &lab{script: blockable(release)}
	cfg := l.config(1)
	cfg.Queue = 3
	p := l.start(t, cfg)
	deploy(t, p, fn("block", "v1"))
	running := ask(t, p, call("block"))
	until(t, p, func(s Stats) bool { return s.Pending == 1 && s.Queue == 0 })
	var queued []<-chan *function.Result
	for range 3 {
		queued = append(queued, ask(t, p, call("block")))
	}
	refused := take(t, p, ask(t, p, call("block")))
	require.Equal(t, function.Overloaded, refused.Outcome)
	require.Equal(t, cfg.RetryAfter, refused.RetryAfter)
	require.Equal(t, 3, p.Stats().Queue)
	close(release)
	for _, ch := range append(queued, running) {
		require.Equal(t, function.OK, take(t, p, ch).Outcome)
	}
}

func TestLimitsOnWhatIsInFlight(t *testing.T) {
	for _, c := range []struct {
		name        string
		max, perFn  int
		wantRunning int
	}{{"of the isolate", 3, 100, 6}, {"of the function", 100, 2, 4}} {
		t.Run(c.name, func(t *testing.T) {
			l := &lab{script: park}
			cfg := l.config(2)
			cfg.MaxInflight = c.max
			p := l.start(t, cfg)
			deploy(t, p, fn("f", "v1", inflight(c.perFn)))
			tl := newTally(t)
			for range 20 {
				tl.submit(p, call("f"))
			}
			until(t, p, func(s Stats) bool { return s.Queue == 20-c.wantRunning && s.Runtimes[0].State == StateIdle })
			if c.perFn < c.max { // another function finds room beside it
				deploy(t, p, fn("other", "v1"))
				tl.submit(p, call("other"))
				until(t, p, func(s Stats) bool { return s.Queue == 20-c.wantRunning && s.Pending == 21 })
			}
			require.NoError(t, p.Close())
			tl.all(p)
		})
	}
}

func TestStartFails(t *testing.T) {
	system := system()
	t.Run("without an isolate", func(t *testing.T) {
		l := &lab{fail: func(int) error { return errFactory }}
		_, err := Start(t.Context(), l.config(2), Deps{System: system})
		require.ErrorIs(t, err, ErrNoRuntime)
		require.ErrorContains(t, err, errFactory.Error())
	})
	t.Run("with a factory that panics", func(t *testing.T) {
		l := &lab{fail: func(int) error { panic("cgo") }}
		_, err := Start(t.Context(), l.config(1), Deps{System: system})
		require.ErrorIs(t, err, ErrNoRuntime)
	})
	t.Run("with a faulty configuration", func(t *testing.T) {
		_, err := Start(t.Context(), Config{}, Deps{System: system})
		require.ErrorIs(t, err, ErrConfig)
	})
	t.Run("without a system", func(t *testing.T) {
		_, err := Start(t.Context(), (&lab{}).config(1), Deps{})
		require.ErrorIs(t, err, ErrConfig)
	})
	t.Run("not when one of two starts", func(t *testing.T) {
		l := &lab{script: echo, fail: func(n int) error {
			if n == 1 {
				return errFactory
			}
			return nil
		}}
		p := l.start(t, l.config(2))
		until(t, p, func(s Stats) bool { return s.Runtimes[0].State == StateIdle && s.Runtimes[1].State == StateIdle })
		require.EqualValues(t, 1, p.Stats().Lost)
	})
}

func TestCloseReturnsWhatClosingReturned(t *testing.T) {
	l := &lab{script: echo, closeErr: errors.New("heap is stuck")}
	p := l.start(t, l.config(1))
	require.ErrorIs(t, p.Close(), l.closeErr)
	require.ErrorIs(t, p.Close(), l.closeErr, "idempotent")
	require.Equal(t, function.NotFound, take(t, p, ask(t, p, call("f"))).Outcome)
	deploy(t, p, fn("f", "v1"))
	require.Equal(t, function.Canceled, take(t, p, ask(t, p, call("f"))).Outcome)
	require.ErrorIs(t, p.Resize(t.Context(), 3), ErrClosed)
	require.ErrorIs(t, p.Drain(t.Context()), ErrClosed)
}
