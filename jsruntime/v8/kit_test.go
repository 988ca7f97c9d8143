package v8

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// patience is how long a test waits for what must happen; it bounds a hang, and
// measures nothing.
const patience = 30 * time.Second

// loop owns a Runtime as an actor would: one goroutine at a time, events through a
// queue.
type loop struct {
	t       testing.TB
	rt      *jsruntime.Runtime
	events  chan jsruntime.Event
	results map[string]*function.Result
}

func newLoop(tb testing.TB, configure func(*jsruntime.Config)) *loop {
	tb.Helper()
	l := &loop{t: tb, events: make(chan jsruntime.Event, 100_000), results: map[string]*function.Result{}}
	cfg := jsruntime.DefaultConfig()
	cfg.Node = "test"
	cfg.Post = func(e jsruntime.Event) { l.events <- e }
	cfg.Logger = slog.New(slog.DiscardHandler)
	cfg.Limits.Heap = 64 * function.MiB
	if configure != nil {
		configure(&cfg)
	}
	rt, err := jsruntime.New(cfg, NewEngine(Config{WebAPI: webapi.Script()}))
	require.NoError(tb, err)
	l.rt = rt
	tb.Cleanup(func() { require.NoError(tb, rt.Close()) })
	return l
}

// module makes a function of the source of an ES module.
func module(tb testing.TB, name, source string, configure func(*function.Manifest)) *bundle.Function {
	tb.Helper()
	b, err := bundle.Build(tb.Context(), bundle.Options{Name: name, Source: &bundle.Source{Contents: source}})
	require.NoError(tb, err)
	m := function.DefaultManifest()
	m.Limits.CPU = 300 * time.Millisecond
	if configure != nil {
		configure(&m)
	}
	fn, err := bundle.NewFunction(name, m, function.DefaultLimits(), b)
	require.NoError(tb, err)
	return fn
}

// invoke begins an invocation; its result is put under id.
func (l *loop) invoke(id string, fn *bundle.Function, payload []byte) error {
	inv := &function.Invocation{ID: id, Function: fn.Name, Subject: "fn." + fn.Name, Payload: payload, Attempt: 1, Received: time.Now()}
	return l.rt.Invoke(inv, fn, func(r *function.Result) {
		require.NotContains(l.t, l.results, id, "answered twice")
		l.results[id] = r
	})
}

// run drives the loop until nothing is in flight.
func (l *loop) run() error {
	deadline := time.After(patience)
	for l.rt.Inflight() > 0 {
		select {
		case e := <-l.events:
			if err := l.rt.Handle(e); err != nil {
				return err
			}
		case <-deadline:
			l.t.Fatalf("still %d in flight; results so far: %v", l.rt.Inflight(), l.results)
		}
	}
	return nil
}

// call invokes and waits for the one result.
func (l *loop) call(fn *bundle.Function, payload []byte) (*function.Result, error) {
	const id = "call"
	delete(l.results, id)
	if err := l.invoke(id, fn, payload); err != nil {
		return l.results[id], err
	}
	err := l.run()
	return l.results[id], err
}
