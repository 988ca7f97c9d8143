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
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("jsruntime: probe %s: %w", fn.Name, err)
	}
	if err := Supported(fn.Manifest, cfg.Limits); err != nil {
		return fmt.Errorf("loading %s: %w", fn.Name, err)
	}
	cfg.Post = func(Event) {}
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
			return fmt.Errorf("loading %s: %w", fn.Name, condemned.Cause)
		}
		return err
	}
	if i.context == nil {
		return fmt.Errorf("loading %s: %w", fn.Name, i.scriptError)
	}
	return nil
}
