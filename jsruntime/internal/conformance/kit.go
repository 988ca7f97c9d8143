package conformance

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Patience is how long a test waits for what must happen; it bounds a hang, and
// measures nothing.
const Patience = 30 * time.Second

// usualCPU is the CPU limit of a Module that says nothing of it; a slow engine gets more.
const usualCPU = 300 * time.Millisecond

// Loop owns a Runtime as an actor would: one goroutine at a time, events through a
// queue.
type Loop struct {
	slow    bool
	t       testing.TB
	Runtime *jsruntime.Runtime
	Events  chan jsruntime.Event
	Results map[string]*function.Result
}

// NewLoop is for tests.
func NewLoop(tb testing.TB, e Engine, configure func(*jsruntime.Config)) *Loop {
	tb.Helper()
	l := &Loop{t: tb, slow: e.Slow, Events: make(chan jsruntime.Event, 100_000), Results: map[string]*function.Result{}}
	cfg := jsruntime.DefaultConfig()
	cfg.Node = "test"
	cfg.Post = func(e jsruntime.Event) { l.Events <- e }
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.Limits.Heap = 64 * function.MiB
	if configure != nil {
		configure(&cfg)
	}
	rt, err := jsruntime.New(cfg, e.New())
	require.NoError(tb, err)
	l.Runtime = rt
	tb.Cleanup(func() { require.NoError(tb, rt.Close()) })
	return l
}

// Module makes a function of the source of an ES module.
func Module(tb testing.TB, name, source string, configure func(*function.Manifest)) *bundle.Function {
	tb.Helper()
	b, err := bundle.Build(tb.Context(), bundle.Options{Name: name, Source: &bundle.Source{Contents: source}})
	require.NoError(tb, err)
	m := function.DefaultManifest()
	m.Limits.CPU = usualCPU
	if configure != nil {
		configure(&m)
	}
	fn, err := bundle.NewFunction(name, m, function.DefaultLimits(), b)
	require.NoError(tb, err)
	return fn
}

// patient is fn with more time, where the engine is slow and fn says nothing of it.
func (l *Loop) patient(fn *bundle.Function) *bundle.Function {
	if !l.slow || fn.Manifest.Limits.CPU != usualCPU {
		return fn
	}
	same := *fn
	same.Manifest.Limits.CPU = 10 * usualCPU
	return &same
}

// Invoke begins an invocation; its result is put under id.
func (l *Loop) Invoke(id string, fn *bundle.Function, payload []byte) error {
	fn = l.patient(fn)
	inv := &function.Invocation{ID: id, Function: fn.Name, Subject: "fn." + fn.Name, Payload: payload, Attempt: 1, Received: time.Now()}
	return l.Runtime.Invoke(inv, fn, func(r *function.Result) {
		require.NotContains(l.t, l.Results, id, "answered twice")
		l.Results[id] = r
	})
}

// Run drives the loop until nothing is in flight.
func (l *Loop) Run() error {
	deadline := time.After(Patience)
	for l.Runtime.Inflight() > 0 {
		select {
		case e := <-l.Events:
			if err := l.Runtime.Handle(e); err != nil {
				return err
			}
		case <-deadline:
			l.t.Fatalf("still %d in flight; results so far: %v", l.Runtime.Inflight(), l.Results)
		}
	}
	return nil
}

// Begin runs inv to its end.
func (l *Loop) Begin(tb testing.TB, inv *function.Invocation, fn *bundle.Function) *function.Result {
	tb.Helper()
	require.NoError(tb, l.Runtime.Invoke(inv, l.patient(fn), func(r *function.Result) { l.Results[inv.ID] = r }))
	require.NoError(tb, l.Run())
	return l.Results[inv.ID]
}

// Call invokes and waits for the one result.
func (l *Loop) Call(fn *bundle.Function, payload []byte) (*function.Result, error) {
	const id = "call"
	delete(l.Results, id)
	if err := l.Invoke(id, fn, payload); err != nil {
		return l.Results[id], err
	}
	err := l.Run()
	return l.Results[id], err
}
