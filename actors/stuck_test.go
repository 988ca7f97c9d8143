package actors

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// jam is a lab in which a version "bad" cannot be stopped until freed, and the function
// "wait" waits for ever, but for its second attempt; the rest is answered at once.
type jam struct {
	lab
	free func() // idempotent; the end of the test calls it
}

func newJam(t *testing.T) *jam {
	t.Helper()
	release := make(chan struct{})
	j := &jam{free: sync.OnceFunc(func() { close(release) })}
	stick := endless(release)
	j.script = func(r run) error {
		switch {
		case r.fn.Version == "bad":
			return stick(r)
		case r.inv.Function == "wait" && r.inv.Attempt == 1:
			return park(r)
		default:
			return echo(r)
		}
	}
	return j
}

// start starts a pool and frees what is stuck before its end.
func (j *jam) start(t *testing.T, cfg Config) *Pool {
	t.Helper()
	p := j.lab.start(t, cfg)
	t.Cleanup(j.free)
	return p
}

// startInBubble is start where synctest runs the test: the actors that come back have
// stopped before the pool is closed, so that no message is sent to one that is gone.
func (j *jam) startInBubble(t *testing.T, cfg Config) *Pool {
	t.Helper()
	p := j.lab.start(t, cfg)
	t.Cleanup(func() {
		j.free()
		synctest.Wait()
	})
	return p
}

func TestStuckRuntimeIsReplaced(t *testing.T) {
	for _, c := range []struct {
		name string
		edit []func(*function.Manifest)
		id   int
	}{
		{"shared", nil, 0},
		{"dedicated", []func(*function.Manifest){dedicated}, FirstDedicated},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJam(t)
			p := j.start(t, j.config(1))
			deploy(t, p, fn("f", "v1"))
			deploy(t, p, fn("endless", "bad", c.edit...))
			shape := 1 + len(c.edit)
			until(t, p, func(s Stats) bool { return len(s.Runtimes) >= shape && s.Runtimes[shape-1].State == StateIdle })

			res := take(t, p, ask(t, p, call("endless")))
			require.Equal(t, function.ExceededCPU, res.Outcome)
			require.Equal(t, "cpu limit of 1s reached (used 3s): compute less in one call, or raise limits.cpu", res.Message)
			require.Equal(t, c.id, res.Receipt.Runtime)
			require.Equal(t, 1, res.Receipt.Attempts)
			require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome, "the capacity is kept")
			until(t, p, func(s Stats) bool { return s.Runtimes[len(s.Runtimes)-1].State == StateIdle })
			st := p.Stats()
			require.EqualValues(t, 1, st.Stuck)
			require.Equal(t, 1, st.StuckNow)
			require.EqualValues(t, 1, st.Lost)
			last := st.Runtimes[len(st.Runtimes)-1]
			require.Equal(t, c.id, last.ID)
			require.EqualValues(t, 2, last.Generation)
			require.Equal(t, 1, last.Restarts)
			require.Contains(t, last.LastLoss, "function endless")

			j.free()
			until(t, p, func(s Stats) bool { return s.StuckNow == 0 })
			st = p.Stats()
			require.EqualValues(t, 1, st.Stuck)
			require.EqualValues(t, 1, st.Late, "its late answer")
			require.EqualValues(t, 1, st.Lost, "its return is no other loss")
			require.Len(t, st.Runtimes, shape)
			require.EqualValues(t, 2, st.Runtimes[len(st.Runtimes)-1].Generation, "and nothing to the new one")
			require.EqualValues(t, shape, j.alive.Load())
		})
	}
}

// TestStuckInnocents: who was in flight beside the culprit, or on the way there.
func TestStuckInnocents(t *testing.T) {
	for _, c := range []struct {
		name string
		edit []func(*function.Manifest)
		want function.Outcome
	}{
		{"crashed", nil, function.Crashed},
		{"idempotent", []func(*function.Manifest){idempotent}, function.OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			j := newJam(t)
			p := j.start(t, j.config(1))
			deploy(t, p, fn("wait", "v1", c.edit...))
			deploy(t, p, fn("f", "v1"))
			deploy(t, p, fn("endless", "bad"))
			waits := ask(t, p, call("wait"))
			until(t, p, func(s Stats) bool { return s.Queue == 0 && s.Runtimes[0].State == StateIdle })
			culprit, queued := ask(t, p, call("endless")), ask(t, p, call("f"))
			require.Equal(t, function.ExceededCPU, take(t, p, culprit).Outcome)
			res := take(t, p, waits)
			require.Equal(t, c.want, res.Outcome)
			if c.want == function.Crashed {
				require.Contains(t, res.Message, "function endless")
			}
			require.Equal(t, function.OK, take(t, p, queued).Outcome, "what had not started")
		})
	}
}

// TestStuckEventsAreDropped: what the old isolate posts goes to nobody.
func TestStuckEventsAreDropped(t *testing.T) {
	j := newJam(t)
	p := j.start(t, j.config(1))
	deploy(t, p, fn("endless", "bad"))
	take(t, p, ask(t, p, call("endless")))
	j.mu.Lock()
	old := j.fakes[0]
	j.mu.Unlock()
	for range 3 {
		old.now(func() error { panic("an event of the isolate that was given up") })
	}
	j.free()
	until(t, p, func(s Stats) bool { return s.StuckNow == 0 })
	require.EqualValues(t, 1, p.Stats().Lost)
}

func TestStuckFunctionIsRefusedUntilAnotherVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJam(t)
		cfg := j.config(1)
		cfg.Quarantine.Max = 0
		p := j.startInBubble(t, cfg)
		deploy(t, p, fn("endless", "bad"))
		culprit, queued := ask(t, p, call("endless")), ask(t, p, call("endless"))
		require.Equal(t, function.ExceededCPU, take(t, p, culprit).Outcome)
		require.Equal(t, function.Overloaded, take(t, p, queued).Outcome, "what is queued might cost another thread")
		refused := func() *function.Result { return take(t, p, ask(t, p, call("endless"))) }
		time.Sleep(365 * 24 * time.Hour) //nolint:forbidigo // the bubble's clock
		for _, step := range []struct {
			name string
			do   func()
		}{
			{"for ever", func() {}},
			{"deployed again", func() { deploy(t, p, fn("endless", "bad")) }},
			{"removed and deployed again", func() { p.Remove("endless"); deploy(t, p, fn("endless", "bad")) }},
		} {
			step.do()
			res := refused()
			require.Equal(t, function.Overloaded, res.Outcome, step.name)
			require.Contains(t, res.Message, "endless is quarantined until another version of it is deployed")
			require.Equal(t, stuckRetryAfter, res.RetryAfter)
			require.Equal(t, []string{"endless"}, p.Stats().Quarantined)
		}
		deploy(t, p, fn("endless", "good"))
		require.Empty(t, p.Stats().Quarantined)
		require.Equal(t, function.OK, refused().Outcome)
		require.EqualValues(t, 1, p.Stats().Stuck)
	})
}

// TestStuckOldVersion: the version that is deployed meanwhile is not refused, the old
// one is when it comes back.
func TestStuckOldVersion(t *testing.T) {
	j := newJam(t)
	l := &j.lab
	began, report := make(chan struct{}), make(chan struct{})
	stick := l.script
	l.script = func(r run) error {
		if r.inv.Function == "endless" && r.fn.Version == "bad" {
			close(began)
			<-report
		}
		return stick(r)
	}
	p := j.start(t, j.config(1))
	deploy(t, p, fn("endless", "bad"))
	culprit := ask(t, p, call("endless"))
	<-began
	deploy(t, p, fn("endless", "good"))
	queued := ask(t, p, call("endless"))
	close(report)
	require.Equal(t, function.ExceededCPU, take(t, p, culprit).Outcome)
	require.Equal(t, function.OK, take(t, p, queued).Outcome)
	require.Empty(t, p.Stats().Quarantined)
	deploy(t, p, fn("endless", "bad"))
	require.Equal(t, function.Overloaded, take(t, p, ask(t, p, call("endless"))).Outcome)
}

// TestStuckIsLogged says whom, and what to do.
func TestStuckIsLogged(t *testing.T) {
	j := newJam(t)
	var log logkit.Buffer
	p, err := Start(t.Context(), j.config(1), Deps{
		System: system(),
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	require.NoError(t, err)
	deploy(t, p, fn("endless", "bad"))
	take(t, p, ask(t, p, call("endless")))
	until(t, p, func(s Stats) bool { return s.Runtimes[0].State == StateIdle })
	j.free()
	until(t, p, func(s Stats) bool { return s.StuckNow == 0 })
	require.NoError(t, p.Close())
	for _, what := range []string{"level=ERROR", "function=endless", "runtime=0", "until another version of it is deployed", "restart the node"} {
		require.Contains(t, log.String(), what)
	}
	require.Equal(t, 1, strings.Count(log.String(), "level=ERROR"))
}

// TestStuckRacesWithItsEnd: the report comes while the turn returns by itself.
func TestStuckRacesWithItsEnd(t *testing.T) {
	synctest.Test(t, stuckRaces) // for the sake of the back-off
}

func stuckRaces(t *testing.T) {
	limit := []function.Outcome{function.ExceededCPU}
	any := []function.Outcome{function.OK, function.ExceededCPU, function.Crashed, function.Overloaded}
	for _, c := range []struct {
		name string
		end  func(r run, why *jsruntime.CondemnedError) error
		want []function.Outcome
	}{
		{"answered and condemned", func(r run, why *jsruntime.CondemnedError) error {
			r.done(function.Failure(why.Outcome, "by itself"))
			return why
		}, limit},
		// The others are not what a jsruntime.Runtime does: the report may come in the
		// middle of something else.
		{"condemned", func(_ run, why *jsruntime.CondemnedError) error { return why }, any},
		{"well", func(r run, _ *jsruntime.CondemnedError) error { return echo(r) }, any},
		{"panics", func(run, *jsruntime.CondemnedError) error { panic("host function") }, any},
		{"breaks", func(r run, _ *jsruntime.CondemnedError) error {
			r.f.faulty = true
			return echo(r)
		}, any},
	} {
		l := &lab{script: func(r run) error {
			if r.inv.Function == "wait" {
				return park(r)
			}
			if r.inv.Function != "endless" {
				return echo(r)
			}
			why := &jsruntime.CondemnedError{Function: r.inv.Function, Version: r.fn.Version, Invocation: r.inv.ID, Culprit: r.inv, Outcome: function.ExceededCPU, Cause: errFactory}
			r.f.wg.Go(func() { r.f.spec.Stuck(why) })
			return c.end(r, why)
		}}
		cfg := l.config(2)
		cfg.Quarantine.Max = 0
		p := l.start(t, cfg)
		deploy(t, p, fn("wait", "v1", idempotent))
		tl := newTally(t)
		for i := range 100 {
			deploy(t, p, fn("endless", fmt.Sprint(i)))
			tl.submit(p, call("wait"))
			inv := call("endless")
			inv.ID = fmt.Sprint(i)
			require.Contains(t, c.want, take(t, p, ask(t, p, inv)).Outcome, c.name)
		}
		until(t, p, func(s Stats) bool {
			return s.StuckNow == 0 && len(s.Runtimes) == 2 && l.alive.Load() == 2 &&
				s.Runtimes[0].State == StateIdle && s.Runtimes[1].State == StateIdle
		})
		deploy(t, p, fn("f", "v1"))
		for range 10 {
			require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome)
		}
		require.NoError(t, p.Close())
		tl.all(p)
	}
}

// TestStuckBacksOff: runtimes that get stuck one after another do not spin.
func TestStuckBacksOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := newJam(t)
		p := j.startInBubble(t, j.config(1))
		for n, name := range []string{"a", "b", "c", "d"} {
			deploy(t, p, fn(name, "bad"))
			require.Equal(t, function.ExceededCPU, take(t, p, ask(t, p, call(name))).Outcome)
			synctest.Wait()
			want := StateIdle // the first three come at once
			if n >= backoffFree {
				want = StateBackoff
			}
			require.Equal(t, want, p.Stats().Runtimes[0].State, name)
		}
		deploy(t, p, fn("f", "v1"))
		began := time.Now()
		require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome)
		require.Positive(t, time.Since(began))
		require.Equal(t, 4, p.Stats().StuckNow)
		require.EqualValues(t, 5, p.Stats().Runtimes[0].Generation)
	})
}

// TestPoolIsWorn: it tells once as many turns are stuck at once as may be, and serves on.
func TestPoolIsWorn(t *testing.T) {
	worn := func(p *Pool) bool {
		select {
		case <-p.Worn():
			return true
		default:
			return false
		}
	}
	stick := func(t *testing.T, p *Pool, name string) {
		t.Helper()
		deploy(t, p, fn(name, "bad"))
		require.Equal(t, function.ExceededCPU, take(t, p, ask(t, p, call(name))).Outcome)
	}
	t.Run("by those at once", func(t *testing.T) {
		j := newJam(t)
		cfg := j.config(1)
		cfg.MaxStuck = 2
		p := j.start(t, cfg)
		deploy(t, p, fn("f", "v1"))
		stick(t, p, "one")
		require.False(t, worn(p))
		stick(t, p, "two")
		require.True(t, worn(p))
		stick(t, p, "three")
		require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome, "it serves on")
	})
	t.Run("not by those that came back", func(t *testing.T) {
		j := newJam(t)
		cfg := j.config(1)
		cfg.MaxStuck = 2
		p := j.start(t, cfg)
		stick(t, p, "one")
		j.free()
		until(t, p, func(s Stats) bool { return s.StuckNow == 0 && s.Stuck == 1 })
		require.False(t, worn(p))
	})
	t.Run("never with 0", func(t *testing.T) {
		j := newJam(t)
		cfg := j.config(1)
		cfg.MaxStuck = 0
		p := j.start(t, cfg)
		stick(t, p, "one")
		require.False(t, worn(p))
	})
}
