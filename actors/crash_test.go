package actors

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestCrashUnderLoadLosesNothing runs in a bubble for the sake of the back-off.
func TestCrashUnderLoadLosesNothing(t *testing.T) {
	synctest.Test(t, crashUnderLoad)
}

func crashUnderLoad(t *testing.T) {
	const crashes, callers, each = 100, 4, 400
	l := &lab{script: func(r run) error {
		switch r.inv.Function {
		case "bad":
			return condemn(r)
		case "io", "safe":
			return async(r)
		default:
			return echo(r)
		}
	}}
	cfg := l.config(3)
	cfg.Quarantine.Max = 0
	cfg.Queue = 10_000
	p := l.start(t, cfg)
	for _, f := range []string{"bad", "io", "quick"} {
		deploy(t, p, fn(f, "v1", patient))
	}
	deploy(t, p, fn("safe", "v1", idempotent, patient))
	bad, safe, rest := newTally(t), newTally(t), newTally(t)
	done := make(chan struct{})
	for c := range callers {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range each {
				if c == 0 && i%(each/crashes) == 0 {
					bad.submit(p, call("bad"))
				}
				safe.submit(p, call("safe"))
				rest.submit(p, call([]string{"io", "quick"}[i%2]))
			}
		}()
	}
	for range callers {
		<-done
	}
	require.Equal(t, map[function.Outcome]int{function.ExceededMemory: crashes}, bad.all(p))
	for name, seen := range map[string]map[function.Outcome]int{"safe": safe.all(p), "rest": rest.all(p)} {
		require.Equalf(t, callers*each, seen[function.OK]+seen[function.Crashed], "%s: %v", name, seen)
		require.Positive(t, seen[function.OK])
	}
	until(t, p, func(s Stats) bool { return s.Pending == 0 }) // counted after the answer
	st := p.Stats()
	require.EqualValues(t, crashes, st.Lost)
	require.Zero(t, st.Late)
	t.Logf("%d crashes, outcomes %v, requeued %d, at most %d attempts", st.Lost, st.Outcomes, st.Requeued, safe.max)
}

// crashWith parks some invocations in one isolate, and then ends it.
func crashWith(t *testing.T, end script, edit ...func(*function.Manifest)) (p *Pool, l *lab, innocent, culprit *function.Result) {
	t.Helper()
	l = &lab{script: func(r run) error {
		switch {
		case r.inv.Function == "bad":
			return end(r)
		case r.inv.Attempt > 1:
			return echo(r)
		default:
			return park(r)
		}
	}}
	p = l.start(t, l.config(1))
	deploy(t, p, fn("bad", "v1"))
	deploy(t, p, fn("f", "v1", edit...))
	parked := ask(t, p, call("f"))
	until(t, p, func(s Stats) bool { return s.Runtimes[0].Inflight == 1 && s.Runtimes[0].State == StateIdle })
	crash := ask(t, p, call("bad"))
	return p, l, take(t, p, parked), take(t, p, crash)
}

func TestCondemnedIsolate(t *testing.T) {
	t.Run("an innocent is answered, with the cause", func(t *testing.T) {
		p, _, innocent, culprit := crashWith(t, condemn)
		require.Equal(t, function.ExceededMemory, culprit.Outcome)
		require.Equal(t, function.Crashed, innocent.Outcome)
		for _, what := range []string{"another invocation", "function bad", "exceeded-memory", "heap limit of 128 MiB", "not declared idempotent"} {
			require.Contains(t, innocent.Message, what)
		}
		require.Equal(t, 0, innocent.Receipt.Runtime)
		until(t, p, func(s Stats) bool { return s.Runtimes[0].State == StateIdle })
		st := p.Stats()
		require.Equal(t, 1, st.Runtimes[0].Restarts)
		require.EqualValues(t, 2, st.Runtimes[0].Generation)
		require.Contains(t, st.Runtimes[0].LastLoss, "function bad")
	})
	t.Run("an idempotent innocent is run again", func(t *testing.T) {
		p, _, innocent, _ := crashWith(t, condemn, idempotent)
		require.Equal(t, function.OK, innocent.Outcome)
		require.Equal(t, 2, innocent.Receipt.Attempts)
		require.EqualValues(t, 1, p.Stats().Requeued)
	})
	t.Run("a panic while starting is answered, also when idempotent", func(t *testing.T) {
		_, _, innocent, culprit := crashWith(t, func(run) error { panic("host function") }, idempotent)
		require.Equal(t, function.Crashed, culprit.Outcome)
		require.Contains(t, culprit.Message, "host function")
		require.Equal(t, function.OK, innocent.Outcome)
	})
	t.Run("a panic in an event has no culprit", func(t *testing.T) {
		_, _, innocent, other := crashWith(t, func(r run) error {
			r.f.later(func() error { panic("host function") })
			return nil
		})
		require.Equal(t, function.Crashed, innocent.Outcome)
		require.Equal(t, function.Crashed, other.Outcome)
	})
	t.Run("a panic outside of the isolate's turns is survived", func(t *testing.T) {
		p, _, innocent, culprit := crashWith(t, func(r run) error {
			r.f.faulty = true
			return echo(r)
		})
		require.Equal(t, function.OK, culprit.Outcome)
		require.Equal(t, function.Crashed, innocent.Outcome)
		until(t, p, func(s Stats) bool { return s.Runtimes[0].Generation == 2 && s.Runtimes[0].State == StateIdle })
	})
	t.Run("any other error is a loss too", func(t *testing.T) {
		_, _, innocent, other := crashWith(t, func(run) error { return errFactory })
		require.Equal(t, function.Crashed, innocent.Outcome)
		require.Contains(t, other.Message, errFactory.Error())
	})
}

func TestAttemptsAreBounded(t *testing.T) {
	var runs atomic.Int32
	l := &lab{script: func(r run) error {
		runs.Add(1)
		if got := int(runs.Load()); r.inv.Attempt != got || r.inv.Again != (got > 1) {
			return fmt.Errorf("attempt %d is told to be %d, again: %t", got, r.inv.Attempt, r.inv.Again)
		}
		r.f.later(func() error { panic("always") })
		return nil
	}}
	p := l.start(t, l.config(2))
	deploy(t, p, fn("f", "v1", idempotent))
	res := take(t, p, ask(t, p, call("f")))
	require.Equal(t, function.Crashed, res.Outcome)
	require.Contains(t, res.Message, "given up after 3 attempts")
	require.Equal(t, 3, res.Receipt.Attempts)
	require.EqualValues(t, 3, runs.Load())
}

func TestLateAndStaleAreDropped(t *testing.T) {
	var twice, fromTheDead func()
	l := &lab{script: func(r run) error {
		switch r.inv.Function {
		case "twice":
			r.done(okay())
			r.done(okay())
		case "stale":
			twice = func() { r.done(okay()) }
			fromTheDead = func() { r.f.now(func() error { return nil }) }
		case "bad":
			return condemn(r)
		}
		return nil
	}}
	p := l.start(t, l.config(1))
	for _, f := range []string{"twice", "stale", "bad"} {
		deploy(t, p, fn(f, "v1"))
	}
	require.Equal(t, function.OK, take(t, p, ask(t, p, call("twice"))).Outcome)
	until(t, p, func(s Stats) bool { return s.Late == 1 })

	stale := ask(t, p, call("stale"))
	until(t, p, func(s Stats) bool { return s.Runtimes[0].Inflight == 1 && s.Runtimes[0].State == StateIdle })
	take(t, p, ask(t, p, call("bad")))
	require.Equal(t, function.Crashed, take(t, p, stale).Outcome)
	until(t, p, func(s Stats) bool { return s.Runtimes[0].Generation == 2 && s.Runtimes[0].State == StateIdle })
	fromTheDead()
	twice()
	require.Equal(t, function.OK, take(t, p, ask(t, p, call("twice"))).Outcome) // behind the stale event
	until(t, p, func(s Stats) bool { return s.Late == 3 })
	require.EqualValues(t, 1, p.Stats().Lost, "the new isolate was given nothing of the old one's")
}

func TestQuarantinedFunctionIsRefused(t *testing.T) {
	l := &lab{script: func(r run) error {
		if r.fn.Version == "bad" {
			return condemn(r)
		}
		return echo(r)
	}}
	cfg := l.config(2)
	cfg.Quarantine = QuarantineConfig{Max: 3, Window: time.Minute, Hold: time.Minute}
	p := l.start(t, cfg)
	deploy(t, p, fn("f", "bad"))
	deploy(t, p, fn("g", "good"))
	tl := newTally(t)
	for range 50 {
		tl.submit(p, call("f"))
	}
	seen := tl.all(p)
	// What the other runtime had begun meanwhile may still cost an isolate.
	require.InDelta(t, 4, seen[function.ExceededMemory], 1, "%v", seen)
	require.Equal(t, 50, seen[function.ExceededMemory]+seen[function.Overloaded])
	refused := take(t, p, ask(t, p, call("f")))
	require.Equal(t, function.Overloaded, refused.Outcome)
	require.Positive(t, refused.RetryAfter)
	for _, what := range []string{"f is quarantined until", "more than 3 isolates", "heap limit", "deploy"} {
		require.Contains(t, refused.Message, what)
	}
	require.Equal(t, []string{"f"}, p.Stats().Quarantined)
	require.Equal(t, function.OK, take(t, p, ask(t, p, call("g"))).Outcome)
	deploy(t, p, fn("f", "good"))
	require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome)
}
