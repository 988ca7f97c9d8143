//go:build !rogchap && unix

package v8_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// costHeap is the heap limit of every isolate in a pair.
const costHeap = 64 * function.MiB

// costFunction bundles echo under a manifest that only names its isolation.
func costFunction(tb testing.TB, isolation function.Isolation) *bundle.Function {
	tb.Helper()
	return costFunctionOf(tb, isolation, echo)
}

func costFunctionOf(tb testing.TB, isolation function.Isolation, source string) *bundle.Function {
	tb.Helper()
	b, err := bundle.Build(tb.Context(), bundle.Options{Name: "echo", Source: &bundle.Source{Contents: source}})
	require.NoError(tb, err)
	limits := function.DefaultLimits()
	limits.Heap = costHeap
	fn, err := bundle.NewFunction("echo", function.Manifest{Isolation: isolation}, limits, b)
	require.NoError(tb, err)
	return fn
}

// costRuntime is a Runtime with the queue that its events come back through.
type costRuntime struct {
	*jsruntime.Runtime
	events chan jsruntime.Event
}

func newCostRuntime(engine jsruntime.Engine) (costRuntime, error) {
	r := costRuntime{events: make(chan jsruntime.Event, 16)}
	cfg := jsruntime.DefaultConfig()
	cfg.Node = "bench"
	cfg.Limits.Heap = costHeap
	cfg.Post = func(e jsruntime.Event) { r.events <- e }
	var err error
	r.Runtime, err = jsruntime.New(cfg, engine)
	return r, err
}

// answer invokes fn and comes back when the runtime has cleared away what the
// invocation needed.
func (r costRuntime) answer(inv *function.Invocation, fn *bundle.Function) (string, error) {
	var got *function.Result
	err := r.Invoke(inv, fn, func(result *function.Result) { got = result })
	for err == nil && (got == nil || r.Inflight() > 0) {
		err = r.Handle(<-r.events)
	}
	if err == nil && got.Outcome != function.OK {
		err = fmt.Errorf("result %+v", got)
	}
	if err != nil {
		return "", err
	}
	return string(got.Body), nil
}

// call has echo answer.
func (r costRuntime) call(inv *function.Invocation, fn *bundle.Function) error {
	body, err := r.answer(inv, fn)
	if err == nil && len(body) != len(inv.Payload) {
		err = fmt.Errorf("wrong reply %q", body)
	}
	return err
}

func costInvocation(payload string) *function.Invocation {
	return &function.Invocation{ID: "x", Function: "echo", Subject: "fn.echo", Payload: []byte(payload), Attempt: 1}
}

// oursIn calls echo in one Runtime, under an isolation.
func oursIn(tb testing.TB, isolation function.Isolation, payload string) call {
	tb.Helper()
	fn, inv := costFunction(tb, isolation), costInvocation(payload)
	rt, err := newCostRuntime(v8.NewEngine(v8.Config{WebAPI: webapi.Script()}))
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, rt.Close()) })
	return func() error { return rt.call(inv, fn) }
}

func oursWarm(tb testing.TB, payload string) call {
	tb.Helper()
	return oursIn(tb, function.Warm, payload)
}

func oursContext(tb testing.TB, payload string) call {
	tb.Helper()
	return oursIn(tb, function.PerContext, payload)
}

func oursIsolate(tb testing.TB, payload string) call {
	tb.Helper()
	return oursIn(tb, function.PerIsolate, payload)
}

// oursRuntime makes a Runtime for each call, on an engine that knows the scripts.
func oursRuntime(tb testing.TB, payload string) call {
	tb.Helper()
	fn, inv := costFunction(tb, function.Warm), costInvocation(payload)
	engine := v8.NewEngine(v8.Config{WebAPI: webapi.Script()})
	return func() error {
		rt, err := newCostRuntime(engine)
		if err != nil {
			return err
		}
		return errors.Join(rt.call(inv, fn), rt.Close())
	}
}
