package churn

import (
	"context"
	"fmt"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
)

// heap is the limit of every isolate, and initial what the binding reserves for one.
const (
	heap    = 64 << 20
	initial = 4 << 20
)

// webHello says hello by way of the web APIs, of those that are scripts of their own: streams, files.
const webHello = `export default async (m) => {
	const { searchParams } = new URL("https://example.com/?name=" + m.text());
	const parts = new Blob(["hello ", searchParams.get("name")]).stream().pipeThrough(new TransformStream());
	return new Response(parts, { headers: new Headers({ a: "b" }) }).text();
}`

// ours calls through a Runtime: one for each call, or one that makes a fresh context
// for each.
type ours struct {
	engine *owner.Engine
	fn     *bundle.Function
	events chan jsruntime.Event
	// shared is nil where each call has an isolate of its own.
	shared *jsruntime.Runtime
}

func newOurs(ctx context.Context, what, source string) (*ours, error) {
	manifest := function.Manifest{}
	if what == Contexts {
		manifest.Isolation = function.PerContext
	}
	fn, err := owner.Bundle(ctx, "hello", source, manifest)
	if err != nil {
		return nil, err
	}
	o := &ours{engine: owner.NewEngine(), fn: fn, events: make(chan jsruntime.Event, 16)}
	if what == Contexts {
		o.shared, err = o.runtime()
	}
	return o, err
}

func (o *ours) runtime() (*jsruntime.Runtime, error) {
	cfg := owner.Config(0)
	cfg.Limits.Heap = heap
	cfg.Post = func(e jsruntime.Event) { o.events <- e }
	return jsruntime.New(cfg, o.engine)
}

func (o *ours) once() error {
	rt := o.shared
	if rt == nil {
		var err error
		if rt, err = o.runtime(); err != nil {
			return err
		}
	}
	var got *function.Result
	err := rt.Invoke(owner.Invocation("1", o.fn, "Ada"), o.fn, func(r *function.Result) { got = r })
	for err == nil && (got == nil || rt.Inflight() > 0) {
		err = rt.Handle(<-o.events)
	}
	if err != nil {
		return err
	}
	if got.Outcome != function.OK || string(got.Body) != "hello Ada" {
		return fmt.Errorf("outcome %s: %s%s", got.Outcome, got.Message, got.Body)
	}
	if o.shared != nil {
		return nil
	}
	return rt.Close()
}

func (o *ours) isolates() (made, disposed, heap int64) {
	made, disposed = o.engine.Isolates()
	if o.shared != nil {
		heap = int64(o.shared.Memory().Heap)
	}
	return made, disposed, heap
}

func (o *ours) close() error {
	if o.shared == nil {
		return nil
	}
	return o.shared.Close()
}
