package actors

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// patience is how long a test waits before it says what it waited for.
const patience = time.Minute

// lab makes fakes, and keeps them.
type lab struct {
	script   script
	closeErr error
	cost     time.Duration // of each turn, as far as the books are concerned
	faulty   bool          // isolates do not survive CancelKept
	// fail, where set, decides whether the nth isolate (from 1) can be made.
	fail  func(n int) error
	alive atomic.Int64
	made  atomic.Int64

	mu    sync.Mutex
	fakes []*fake
}

func (l *lab) factory(spec RuntimeSpec) (Runtime, error) {
	n := int(l.made.Add(1))
	if l.fail != nil {
		if err := l.fail(n); err != nil {
			return nil, err
		}
	}
	l.alive.Add(1)
	f := &fake{lab: l, spec: spec, warm: map[string]string{}, awaited: map[*function.Invocation][]int{}, others: map[*function.Invocation]int{}}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fakes = append(l.fakes, f)
	return f, nil
}

// latest returns the newest fake of runtime id.
func (l *lab) latest(id int) *fake {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range slices.Backward(l.fakes) {
		if f.spec.ID == id {
			return f
		}
	}
	return nil
}

// testConfig is the default one with n runtimes of l.
func (l *lab) config(n int) Config {
	cfg := DefaultConfig()
	cfg.Node, cfg.Runtimes, cfg.NewRuntime = "n1", n, l.factory
	cfg.Shed.Target = 0 // a test of something else may have to wait
	return cfg
}

// start starts a pool that the test's end closes, and checks that no isolate is left.
func (l *lab) start(tb testing.TB, cfg Config) *Pool {
	tb.Helper()
	pool, err := Start(tb.Context(), cfg, Deps{System: system()})
	require.NoError(tb, err)
	tb.Cleanup(func() {
		err := pool.Close()
		if l.closeErr == nil {
			require.NoError(tb, err)
		}
		until(tb, pool, func(s Stats) bool { return s.StuckNow == 0 })
		require.Zero(tb, l.alive.Load(), "isolates alive at the end")
	})
	return pool
}

// system makes an actor system that logs nothing. Its note of dead letters, of which the
// end of a pool may make some, does not keep a goroutine for a second.
func system() *actor.ActorSystem {
	return actor.NewActorSystem(append(SystemOptions(slog.New(slog.DiscardHandler)), actor.WithDeadLetterThrottleInterval(time.Millisecond))...)
}

// fn makes a function with wide limits; edit may narrow them.
func fn(name, version string, edit ...func(*function.Manifest)) *bundle.Function {
	m := function.DefaultManifest()
	m.Limits = function.DefaultLimits()
	for _, e := range edit {
		e(&m)
	}
	return &bundle.Function{Name: name, Version: version, Manifest: m, Bundle: &bundle.Bundle{}}
}

// deploy deploys what must be taken.
func deploy(tb testing.TB, p *Pool, f *bundle.Function) {
	tb.Helper()
	require.NoError(tb, p.Deploy(f))
}

func idempotent(m *function.Manifest) { m.Idempotent = true }

// patient lets a call wait longer than any back-off lasts.
func patient(m *function.Manifest) { m.Limits.Wall = time.Hour }

func inflight(n int) func(*function.Manifest) {
	return func(m *function.Manifest) { m.Limits.Inflight = n }
}

func call(name string) *function.Invocation {
	return &function.Invocation{ID: "i", Function: name, Attempt: 1, Received: time.Now()}
}

// ask submits inv and returns where the result will be. A second one fails the test.
func ask(tb testing.TB, p *Pool, inv *function.Invocation) <-chan *function.Result {
	tb.Helper()
	ch := make(chan *function.Result, 1)
	var answers atomic.Int32
	p.Submit(inv, func(res *function.Result) {
		if answers.Add(1) > 1 {
			tb.Errorf("second answer to %s: %+v", inv.ID, res)
			return
		}
		ch <- res
	})
	return ch
}

// take waits for a result.
func take(tb testing.TB, p *Pool, ch <-chan *function.Result) *function.Result {
	tb.Helper()
	select {
	case res := <-ch:
		return res
	case <-time.After(patience):
		tb.Fatalf("no answer; last state: %s", describe(p))
		return nil
	}
}

// wait waits for ch to be closed.
func wait(tb testing.TB, p *Pool, ch <-chan struct{}) {
	tb.Helper()
	select {
	case <-ch:
	case <-time.After(patience):
		tb.Fatalf("gave up waiting; last state: %s", describe(p))
	}
}

// until waits until the pool's state pleases.
func until(tb testing.TB, p *Pool, pleases func(Stats) bool) {
	tb.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !pleases(p.Stats()) {
		select {
		case <-tick.C:
		case <-end:
			tb.Fatalf("gave up waiting; last state: %s", describe(p))
		}
	}
}

func describe(p *Pool) string { return fmt.Sprintf("%+v", p.Stats()) }

// within returns a context that ends after d, or with the test.
func within(tb testing.TB, d time.Duration) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	tb.Cleanup(cancel)
	return ctx
}

// tally counts answers by outcome, exactly one for each.
type tally struct {
	tb   testing.TB
	wg   sync.WaitGroup
	mu   sync.Mutex
	seen map[function.Outcome]int
	max  int // the largest Receipt.Attempts
}

func newTally(tb testing.TB) *tally {
	tb.Helper()
	return &tally{tb: tb, seen: map[function.Outcome]int{}}
}

func (a *tally) submit(p *Pool, inv *function.Invocation) { a.submitBy(p.Submit, inv) }

// submitBy submits by one of the pool's methods.
func (a *tally) submitBy(submit func(*function.Invocation, func(*function.Result)), inv *function.Invocation) {
	a.wg.Add(1)
	var answered atomic.Bool
	submit(inv, func(res *function.Result) {
		if !answered.CompareAndSwap(false, true) {
			a.tb.Errorf("second answer to %s: %+v", inv.ID, res)
			return
		}
		a.mu.Lock()
		a.seen[res.Outcome]++
		a.max = max(a.max, res.Receipt.Attempts)
		a.mu.Unlock()
		a.wg.Done()
	})
}

// all waits for every answer.
func (a *tally) all(p *Pool) map[function.Outcome]int {
	a.tb.Helper()
	done := make(chan struct{})
	go func() {
		a.wg.Wait()
		close(done)
	}()
	wait(a.tb, p, done)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen
}
