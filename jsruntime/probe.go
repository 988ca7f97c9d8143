package jsruntime

import (
	"context"
	"errors"
	"fmt"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Probe loads fn in a scratch isolate, within its CPU and memory limits, and calls
// nothing. Its error says why the function could not be deployed: a
// *function.ScriptError for what the script threw or does not export, a
// *function.LimitError for one that does not come to an end, ErrUnsupported for a
// manifest that asks for what is not there. It is safe for
// concurrent use and blocks for as long as loading takes.
func Probe(ctx context.Context, cfg Config, engine Engine, fn *bundle.Function) error {
	fail := func(err error) error {
		return fmt.Errorf("function %s cannot be loaded from %s: %w%s", fn.Name, fn.Bundle.Entry, err, loadAdvice(err))
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("jsruntime: probe %s: %w", fn.Name, err)
	}
	if err := Supported(fn.Manifest, cfg); err != nil {
		return fail(err)
	}
	if err := pinned(fn); err != nil {
		return fail(err)
	}
	if fn.Manifest.Engine == function.EngineAuto && cfg.Light != nil && !fn.Bundle.Pinned() {
		light := *fn
		light.Manifest.Engine = function.EngineQuickJS
		if err := Probe(ctx, cfg, engine, &light); err != nil && ctx.Err() == nil {
			fn.Bundle.Pin() // it may still be well in the other one
		}
	}
	cfg.Post = func(Event) {}
	// Loading is the same however calls are isolated from each other.
	scratch := *fn
	scratch.Manifest.Isolation = function.Warm
	if scratch.Manifest.Engine == function.EngineAuto {
		scratch.Manifest.Engine = function.EngineV8
	}
	cfg.Limits.Heap, cfg.Limits.Buffers = fn.Manifest.Limits.Heap, fn.Manifest.Limits.Buffers
	fn = &scratch
	r, err := New(cfg, engine)
	if err != nil {
		return err
	}
	defer r.Close() //nolint:errcheck // a scratch isolate; Close has nothing to report
	r.lastID++
	i := &invocation{id: r.lastID, inv: &function.Invocation{ID: "probe", Function: fn.Name}, fn: fn}
	r.inflight[i.id] = i
	if err := r.enterContext(i); err != nil { //nolint:contextcheck // what a module starts while loading is refused
		if condemned, ok := errors.AsType[*CondemnedError](err); ok {
			return fail(condemned.Cause)
		}
		return err
	}
	switch {
	case i.lost != nil:
		return fail(i.lost)
	case i.context == nil:
		return fail(i.scriptError)
	}
	return nil
}

// loadAdvice says what to do about a module that reaches a limit while it is loaded.
func loadAdvice(err error) string {
	limit, ok := errors.AsType[*function.LimitError](err)
	if !ok {
		return ""
	}
	if limit.Kind == function.LimitCPU {
		return ": the module's own code must come to an end: move what takes long into the function, or raise limits.cpu"
	}
	// Nothing but memory is left that loading can use up.
	return ": the module's own code must not keep that much: make it in the function, when it is needed"
}
