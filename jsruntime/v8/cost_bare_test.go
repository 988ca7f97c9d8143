//go:build !rogchap && unix

package v8_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tommie/v8go"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// bareHeap is what an isolate reserves at the start, in bytes, as ours do.
const bareHeap = 4 << 20

// bareScript is a function's bundle compiled in one isolate.
type bareScript struct {
	iso    *v8go.Isolate
	script *v8go.UnboundScript
}

// newBareScript makes an isolate and compiles the bundle, from a code cache where
// there is one.
func newBareScript(b *bundle.Bundle, cache *v8go.CompilerCachedData) (bareScript, error) {
	iso := v8go.NewIsolate(v8go.WithResourceConstraints(bareHeap, uint64(costHeap)))
	script, err := iso.CompileUnboundScript(b.Script, b.Origin, v8go.CompileOptions{CachedData: cache})
	if err == nil && cache != nil && cache.Rejected {
		err = errors.New("the code cache was rejected")
	}
	return bareScript{iso, script}, err
}

// bareFunction is the bundle's default export in one context.
type bareFunction struct {
	iso *v8go.Isolate
	ctx *v8go.Context
	fn  *v8go.Function
}

// load runs the script in a new context, which frees all values made in it when it is
// closed.
func (s bareScript) load() (bareFunction, error) {
	f := bareFunction{iso: s.iso, ctx: v8go.NewContext(s.iso)}
	namespace, err := s.script.Run(f.ctx)
	if err != nil {
		return f, err
	}
	object, err := namespace.AsObject()
	if err != nil {
		return f, err
	}
	value, err := object.Get("default")
	if err != nil {
		return f, err
	}
	f.fn, err = value.AsFunction()
	return f, err
}

// answer passes a string, awaits the promise and takes the string that it holds.
func (f bareFunction) answer(payload string) (string, error) {
	arg, err := v8go.NewValue(f.iso, payload)
	if err != nil {
		return "", err
	}
	value, err := f.fn.Call(v8go.Undefined(f.iso), arg)
	if err != nil {
		return "", err
	}
	f.ctx.PerformMicrotaskCheckpoint()
	promise, err := value.AsPromise()
	if err != nil {
		return "", err
	}
	if promise.State() != v8go.Fulfilled {
		return "", errors.New("the promise is not fulfilled")
	}
	result := promise.Result()
	text := result.String()
	result.Release()
	value.Release()
	arg.Release()
	return text, nil
}

// call has echo answer.
func (f bareFunction) call(payload string) error {
	text, err := f.answer(payload)
	if err == nil && len(text) != len(payload) {
		err = fmt.Errorf("wrong reply %q", text)
	}
	return err
}

// once loads the function in a new context, calls it, and closes the context.
func (s bareScript) once(payload string) error {
	f, err := s.load()
	if err == nil {
		err = f.call(payload)
	}
	f.ctx.Close()
	return err
}

// bareWarm calls the function in one context.
func bareWarm(tb testing.TB, payload string) call {
	tb.Helper()
	s, err := newBareScript(costFunction(tb, function.Warm).Bundle, nil)
	require.NoError(tb, err)
	f, err := s.load()
	require.NoError(tb, err)
	tb.Cleanup(func() { f.ctx.Close(); s.iso.Dispose() })
	return func() error { return f.call(payload) }
}

// bareContext makes a context of one isolate for each call.
func bareContext(tb testing.TB, payload string) call {
	tb.Helper()
	s, err := newBareScript(costFunction(tb, function.Warm).Bundle, nil)
	require.NoError(tb, err)
	tb.Cleanup(s.iso.Dispose)
	return func() error { return s.once(payload) }
}

// bareIsolate makes an isolate and a context for each call.
func bareIsolate(tb testing.TB, payload string) call {
	tb.Helper()
	b := costFunction(tb, function.Warm).Bundle
	s, err := newBareScript(b, nil)
	require.NoError(tb, err)
	require.NoError(tb, s.once(payload)) // so that the cache has the functions that ran
	cache := s.script.CreateCodeCache()
	s.iso.Dispose()
	return func() error {
		s, err := newBareScript(b, cache)
		if err == nil {
			err = s.once(payload)
		}
		s.iso.Dispose()
		return err
	}
}
