package actors

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

func dedicated(m *function.Manifest) { m.Dedicated = true }

func heap(b function.Bytes) func(*function.Manifest) {
	return func(m *function.Manifest) { m.Limits.Heap = b }
}

// runtimesOf returns the numbers of the runtimes of a function ("" for the shared ones),
// those that drain left out.
func runtimesOf(s Stats, name string) []int {
	var ids []int
	for _, r := range s.Runtimes {
		if r.Function == name && r.State != StateDraining {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func TestDedicatedRunsAlone(t *testing.T) {
	l := &lab{script: async}
	p := l.start(t, l.config(2))
	deploy(t, p, fn("own", "v1", dedicated, heap(512*function.MiB)))
	deploy(t, p, fn("too", "v1", dedicated))
	deploy(t, p, fn("f", "v1"))
	for range 50 {
		own, too, shared := ask(t, p, call("own")), ask(t, p, call("too")), ask(t, p, call("f"))
		require.Equal(t, FirstDedicated, take(t, p, own).Receipt.Runtime)
		require.Equal(t, FirstDedicated+1, take(t, p, too).Receipt.Runtime)
		require.Less(t, take(t, p, shared).Receipt.Runtime, 2)
	}
	require.Equal(t, "own", l.latest(FirstDedicated).spec.Function.Name)
	require.Equal(t, 512*function.MiB, l.latest(FirstDedicated).spec.Function.Manifest.Limits.Heap)
	require.Nil(t, l.latest(0).spec.Function)
	require.Equal(t, []int{0, 1}, runtimesOf(p.Stats(), ""))
	require.Equal(t, []int{FirstDedicated + 1}, runtimesOf(p.Stats(), "too"))
	require.NoError(t, p.Resize(within(t, patience), 1))
	require.Equal(t, []int{FirstDedicated}, runtimesOf(p.Stats(), "own"), "a resize is about the shared ones")
	require.ErrorIs(t, p.Resize(t.Context(), FirstDedicated+1), ErrConfig)
	require.True(t, p.Remove("own"))
	require.Equal(t, function.NotFound, take(t, p, ask(t, p, call("own"))).Outcome)
	until(t, p, func(s Stats) bool { return len(s.Runtimes) == 2 })
	require.EqualValues(t, 2, l.alive.Load())
}

func TestDedicatedKeepsItsIsolateWhileItsLimitsStay(t *testing.T) {
	for _, c := range []struct {
		name  string
		next  *bundle.Function
		keeps bool
	}{
		{"another version", fn("f", "v2", dedicated), true},
		{"another heap", fn("f", "v2", dedicated, heap(256*function.MiB)), false},
		{"other buffers", fn("f", "v2", dedicated, func(m *function.Manifest) { m.Limits.Buffers = function.GiB }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &lab{script: park}
			p := l.start(t, l.config(1))
			deploy(t, p, fn("f", "v1", dedicated))
			old := ask(t, p, call("f"))
			until(t, p, func(s Stats) bool { return s.Queue == 0 && s.Runtimes[1].State == StateIdle })
			first := l.latest(FirstDedicated)
			l.script = echo
			deploy(t, p, c.next)
			res := take(t, p, ask(t, p, call("f")))
			require.Equal(t, function.OK, res.Outcome)
			require.Equal(t, c.keeps, res.Receipt.Runtime == FirstDedicated)
			require.Len(t, runtimesOf(p.Stats(), "f"), 1)
			first.later(func() error { // the old call ends where it began
				first.parked[0].Done(okay())
				first.parked = nil
				return nil
			})
			require.Equal(t, FirstDedicated, take(t, p, old).Receipt.Runtime)
			until(t, p, func(s Stats) bool { return len(s.Runtimes) == 2 })
		})
	}
}

func TestDedicatedIsBounded(t *testing.T) {
	l := &lab{script: echo}
	cfg := l.config(1)
	cfg.MaxDedicated = 2
	p := l.start(t, cfg)
	deploy(t, p, fn("c", "v1"))
	deploy(t, p, fn("b", "v1", dedicated))
	deploy(t, p, fn("a", "v1", dedicated))
	err := p.Deploy(fn("c", "v2", dedicated))
	var refused *DedicatedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, &DedicatedError{Function: "c", Limit: 2, Holders: []string{"a", "b"}}, refused)
	for _, what := range []string{"function c", "all 2", "a, b", "take dedicated: true out"} {
		require.ErrorContains(t, err, what)
	}
	require.Equal(t, "v1", p.Functions()[2].Version, "the version before stays")
	require.Zero(t, take(t, p, ask(t, p, call("c"))).Receipt.Runtime)
	deploy(t, p, fn("a", "v2", dedicated, heap(function.GiB))) // one that has a place keeps it
	deploy(t, p, fn("b", "v2"))
	deploy(t, p, fn("c", "v2", dedicated))
	require.GreaterOrEqual(t, take(t, p, ask(t, p, call("c"))).Receipt.Runtime, FirstDedicated)

	without := &lab{script: echo}
	none := without.config(1)
	none.MaxDedicated = 0
	require.ErrorContains(t, without.start(t, none).Deploy(fn("f", "v1", dedicated)), "gives none")
}

// TestDedicatedBoundHoldsWhileOldOnesDrain changes the heap again and again while every
// old isolate holds a call: the last version has to wait until one of them stops.
func TestDedicatedBoundHoldsWhileOldOnesDrain(t *testing.T) {
	l := &lab{script: func(r run) error {
		if string(r.inv.Payload) == "park" {
			return park(r)
		}
		return echo(r)
	}}
	cfg := l.config(1)
	cfg.MaxDedicated = 1
	p := l.start(t, cfg)
	parked := call("f")
	parked.Payload = []byte("park")
	deploy(t, p, fn("f", "v0", dedicated))
	old := ask(t, p, parked)
	until(t, p, func(s Stats) bool { return s.Queue == 0 && len(s.Runtimes) == 2 && s.Runtimes[1].State == StateIdle })
	first := l.latest(FirstDedicated)
	deploy(t, p, fn("f", "v1", dedicated, heap(function.GiB)))
	second := ask(t, p, parked)
	until(t, p, func(s Stats) bool { return s.Queue == 0 && len(s.Runtimes) == 3 && s.Runtimes[2].State == StateIdle })
	deploy(t, p, fn("f", "v2", dedicated, heap(2*function.GiB)))
	waits := ask(t, p, call("f"))
	until(t, p, func(s Stats) bool { return s.Runtimes[2].State == StateDraining })
	require.Equal(t, 1, p.Stats().Queue)
	require.Len(t, p.Stats().Runtimes, 3, "no third isolate")
	first.later(func() error {
		first.cancelAll("enough")
		return nil
	})
	require.Equal(t, function.Canceled, take(t, p, old).Outcome)
	require.Equal(t, function.OK, take(t, p, waits).Outcome)
	require.NoError(t, p.Close())
	require.Equal(t, function.Canceled, take(t, p, second).Outcome)
}

// TestQueuedFollowsTheCurrentVersion: what waits moves with its function.
func TestQueuedFollowsTheCurrentVersion(t *testing.T) {
	for _, c := range []struct {
		name     string
		from, to []func(*function.Manifest)
	}{
		{"to an isolate of its own", nil, []func(*function.Manifest){dedicated}},
		{"to the shared ones", []func(*function.Manifest){dedicated}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			release := make(chan struct{})
			l := &lab{script: func(r run) error {
				if string(r.inv.Payload) == "block" {
					<-release
				}
				return echo(r)
			}}
			p := l.start(t, l.config(1))
			deploy(t, p, fn("f", "v1", c.from...))
			block := call("f")
			block.Payload = []byte("block")
			blocked := ask(t, p, block)
			until(t, p, func(s Stats) bool {
				return s.Queue == 0 && s.Runtimes[len(s.Runtimes)-1].State == StateBusy || s.Queue == 0 && s.Runtimes[0].State == StateBusy
			})
			queued := ask(t, p, call("f"))
			require.Equal(t, 1, p.Stats().Queue)
			deploy(t, p, fn("f", "v2", c.to...))
			there := take(t, p, queued)
			require.Equal(t, function.OK, there.Outcome)
			require.Equal(t, c.to != nil, there.Receipt.Runtime >= FirstDedicated)
			close(release)
			here := take(t, p, blocked)
			require.Equal(t, function.OK, here.Outcome)
			require.NotEqual(t, here.Receipt.Runtime, there.Receipt.Runtime)
		})
	}
}

// TestAnotherAttemptFollowsTheFunction: an isolate dies with an idempotent call in it
// whose function has moved meanwhile, or is gone.
func TestAnotherAttemptFollowsTheFunction(t *testing.T) {
	for _, c := range []struct {
		name    string
		move    func(p *Pool) error
		want    function.Outcome
		message string
	}{
		{"it stayed", func(*Pool) error { return nil }, function.OK, "v1"},
		{"another version there", func(p *Pool) error { return p.Deploy(fn("f", "v2", dedicated, idempotent)) }, function.OK, "v1"},
		{"another heap", func(p *Pool) error { return p.Deploy(fn("f", "v2", dedicated, idempotent, heap(function.GiB))) }, function.OK, "v2"},
		{"shared now", func(p *Pool) error { return p.Deploy(fn("f", "v2", idempotent)) }, function.OK, "v2"},
		{"removed", func(p *Pool) error { p.Remove("f"); return nil }, function.Crashed, "removed meanwhile"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &lab{script: func(r run) error {
				if r.inv.Attempt == 1 {
					return park(r)
				}
				r.done(&function.Result{Outcome: function.OK, Message: r.fn.Version})
				return nil
			}}
			p := l.start(t, l.config(1))
			deploy(t, p, fn("f", "v1", dedicated, idempotent))
			answer := ask(t, p, call("f"))
			until(t, p, func(s Stats) bool {
				return s.Queue == 0 && s.Runtimes[1].Inflight == 1 && s.Runtimes[1].State == StateIdle
			})
			require.NoError(t, c.move(p))
			l.latest(FirstDedicated).later(func() error { panic("host function") })
			res := take(t, p, answer)
			require.Equal(t, c.want, res.Outcome, res.Message)
			require.Contains(t, res.Message, c.message)
		})
	}
}

// TestRemovedWhileItsIsolateIsInBackOff: the isolate has died and cannot be made again when
// the function goes.
func TestRemovedWhileItsIsolateIsInBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lab{script: condemn}
		l.fail = func(n int) error {
			if n > 2 { // the shared one, and the first of its own
				return errFactory
			}
			return nil
		}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("f", "v1", dedicated, idempotent))
		l.script = park
		waits := ask(t, p, call("f"))
		synctest.Wait()
		l.latest(FirstDedicated).now(func() error { panic("host function") })
		synctest.Wait()
		time.Sleep(5 * time.Second) //nolint:forbidigo // the bubble's clock
		require.Equal(t, StateBackoff, p.Stats().Runtimes[1].State)
		require.Equal(t, 1, p.Stats().Queue)
		require.True(t, p.Remove("f"))
		synctest.Wait()
		require.Equal(t, function.Crashed, take(t, p, waits).Outcome)
		require.Len(t, p.Stats().Runtimes, 1)
		made := l.made.Load()
		time.Sleep(time.Minute) //nolint:forbidigo // the bubble's clock
		require.Equal(t, made, l.made.Load(), "nobody goes on trying")
	})
}

func TestDedicatedIsSupervised(t *testing.T) {
	l := &lab{script: condemn}
	cfg := l.config(1)
	cfg.Quarantine = QuarantineConfig{Max: 2, Window: time.Minute, Hold: time.Minute}
	p := l.start(t, cfg)
	deploy(t, p, fn("f", "v1", dedicated))
	for range 3 {
		require.Equal(t, function.ExceededMemory, take(t, p, ask(t, p, call("f"))).Outcome)
	}
	require.Equal(t, function.Overloaded, take(t, p, ask(t, p, call("f"))).Outcome)
	require.Equal(t, []string{"f"}, p.Stats().Quarantined)
	until(t, p, func(s Stats) bool { return s.Runtimes[1].Generation == 4 && s.Runtimes[1].State == StateIdle })
	require.Zero(t, p.Stats().Runtimes[0].Restarts)
}

// TestDeployDedicatedWhileDraining: accepted work ends where its function belongs now.
func TestDeployDedicatedWhileDraining(t *testing.T) {
	release := make(chan struct{})
	l := &lab{script: blockable(release)}
	p := l.start(t, l.config(1))
	deploy(t, p, fn("block", "v1"))
	deploy(t, p, fn("f", "v1"))
	blocked := ask(t, p, call("block"))
	until(t, p, func(s Stats) bool { return s.Queue == 0 })
	queued := ask(t, p, call("f"))
	drained := make(chan error, 1)
	go func() { drained <- p.Drain(within(t, patience)) }()
	until(t, p, func(Stats) bool { return p.d.draining.Load() })
	deploy(t, p, fn("f", "v2", dedicated))
	require.GreaterOrEqual(t, take(t, p, queued).Receipt.Runtime, FirstDedicated)
	close(release)
	require.Equal(t, function.OK, take(t, p, blocked).Outcome)
	require.NoError(t, <-drained)
}

// TestFlapping switches a function to and fro under load, and loses nothing.
func TestFlapping(t *testing.T) {
	l := &lab{script: async}
	cfg := l.config(2)
	cfg.MaxDedicated, cfg.Queue = 2, 10_000
	p := l.start(t, cfg)
	deploy(t, p, fn("f", "v0", patient))
	deploy(t, p, fn("g", "v0", patient, dedicated))
	tl := newTally(t)
	for i := range 300 {
		for range 5 {
			tl.submit(p, call("f"))
			tl.submit(p, call("g"))
		}
		edit := []func(*function.Manifest){patient, heap(function.Bytes(1+i%3) * function.GiB)}
		if i%2 == 0 {
			edit = append(edit, dedicated)
		}
		deploy(t, p, fn("f", fmt.Sprint("v", i+1), edit...))
		require.LessOrEqual(t, len(p.Stats().Runtimes), 2+2*cfg.MaxDedicated)
	}
	require.Equal(t, map[function.Outcome]int{function.OK: 3000}, tl.all(p))
	until(t, p, func(s Stats) bool { return len(runtimesOf(s, "f")) == 0 && len(s.Runtimes) == 3 })
}
