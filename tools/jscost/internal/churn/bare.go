package churn

import (
	"context"
	"errors"

	"github.com/tommie/v8go"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
)

// bareHello is owner.Hello for a caller that passes a string.
const bareHello = `export default async (text) => "hello " + text`

// bare uses the binding alone, under the flags that ours sets.
type bare struct {
	bundle         *bundle.Bundle
	cache          *v8go.CompilerCachedData
	made, disposed int64
	// shared and script are nil where each call has an isolate of its own.
	shared *v8go.Isolate
	script *v8go.UnboundScript
}

func newBare(ctx context.Context, what string) (*bare, error) {
	owner.NewEngine() // sets V8's flags
	fn, err := owner.Bundle(ctx, "hello", bareHello, function.Manifest{})
	if err != nil {
		return nil, err
	}
	b := &bare{bundle: fn.Bundle}
	iso, script, err := b.isolate()
	if err != nil {
		return nil, err
	}
	if what == Contexts {
		b.shared, b.script = iso, script
		return b, nil
	}
	err = b.call(iso, script)
	b.cache = script.CreateCodeCache()
	b.dispose(iso)
	return b, err
}

func (b *bare) isolate() (*v8go.Isolate, *v8go.UnboundScript, error) {
	iso := v8go.NewIsolate(v8go.WithResourceConstraints(initial, heap))
	b.made++
	script, err := iso.CompileUnboundScript(b.bundle.Script, b.bundle.Origin, v8go.CompileOptions{CachedData: b.cache})
	return iso, script, err
}

func (b *bare) dispose(iso *v8go.Isolate) {
	iso.Dispose()
	b.disposed++
}

func (b *bare) once() error {
	if b.shared != nil {
		return b.call(b.shared, b.script)
	}
	iso, script, err := b.isolate()
	if err != nil {
		return err
	}
	defer b.dispose(iso)
	return b.call(iso, script)
}

// call makes a context, calls the function in it and closes it, which frees the
// context's values; the argument is the isolate's, and has to be released.
func (b *bare) call(iso *v8go.Isolate, script *v8go.UnboundScript) error {
	ctx := v8go.NewContext(iso)
	defer ctx.Close()
	namespace, err := script.Run(ctx)
	if err != nil {
		return err
	}
	object, err := namespace.AsObject()
	if err != nil {
		return err
	}
	value, err := object.Get("default")
	if err != nil {
		return err
	}
	fn, err := value.AsFunction()
	if err != nil {
		return err
	}
	arg, err := v8go.NewValue(iso, "Ada")
	if err != nil {
		return err
	}
	defer arg.Release()
	if value, err = fn.Call(v8go.Undefined(iso), arg); err != nil {
		return err
	}
	ctx.PerformMicrotaskCheckpoint()
	promise, err := value.AsPromise()
	if err != nil {
		return err
	}
	if promise.State() != v8go.Fulfilled || promise.Result().String() != "hello Ada" {
		return errors.New("wrong reply")
	}
	return nil
}

func (b *bare) isolates() (made, disposed, heap int64) {
	if b.shared != nil {
		heap = int64(b.shared.GetHeapStatistics().UsedHeapSize)
	}
	return b.made, b.disposed, heap
}

func (b *bare) close() error {
	if b.shared != nil {
		b.dispose(b.shared)
	}
	return nil
}
