package owner

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Owner is a goroutine with a runtime of its own. Its methods are safe for concurrent
// use.
type Owner struct {
	cfg    jsruntime.Config
	engine jsruntime.Engine
	queue  *queue
	done   chan struct{}

	lost  atomic.Int64
	stuck atomic.Int64

	// The rest belongs to the goroutine, and to Close after it.
	rt         *jsruntime.Runtime
	generation int
	err        error
}

// Start makes a runtime and the goroutine that drives it. Post and Stuck of cfg are
// the owner's. Close ends both.
func Start(cfg jsruntime.Config, engine jsruntime.Engine) (*Owner, error) {
	o := &Owner{cfg: cfg, engine: engine, queue: newQueue(), done: make(chan struct{})}
	if err := o.replace(); err != nil {
		return nil, err
	}
	go o.loop()
	return o, nil
}

// Begin queues an invocation. done is called on the owner's goroutine, once, with what
// came of it: Crashed where another invocation cost it the runtime.
func (o *Owner) Begin(inv *function.Invocation, fn *bundle.Function, done jsruntime.Done) {
	begin := func(rt *jsruntime.Runtime) error { return rt.Invoke(inv, fn, done) }
	if !o.queue.put(item{run: begin}) {
		done(function.Failure(function.Canceled, "the owner was closed"))
	}
}

// Call begins an invocation and waits for its result, or for ctx.
func (o *Owner) Call(ctx context.Context, inv *function.Invocation, fn *bundle.Function) (*function.Result, error) {
	got := make(chan *function.Result, 1)
	o.Begin(inv, fn, func(r *function.Result) { got <- r }) //nolint:contextcheck // what a runtime starts lives as long as the runtime
	select {
	case r := <-got:
		return r, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%s of %s is not answered: %w", inv.ID, fn.Name, ctx.Err())
	}
}

// Ask calls look with the runtime on the owner's goroutine, between two turns, and
// waits for it, or for ctx.
func (o *Owner) Ask(ctx context.Context, look func(*jsruntime.Runtime)) error {
	looked := make(chan struct{})
	asked := o.queue.put(item{run: func(rt *jsruntime.Runtime) error {
		look(rt)
		close(looked)
		return nil
	}})
	if !asked {
		return jsruntime.ErrClosed
	}
	select {
	case <-looked:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Lost returns how many runtimes were condemned and replaced, and Stuck how many turns
// could not be stopped.
func (o *Owner) Lost() int64 { return o.lost.Load() }

// Stuck returns how many turns could not be stopped.
func (o *Owner) Stuck() int64 { return o.stuck.Load() }

// Close does what is queued, ends the goroutine and closes the runtime, which answers
// what is in flight. It returns every error of a runtime but the condemned ones'.
func (o *Owner) Close() error {
	o.queue.end()
	<-o.done
	if o.rt != nil {
		o.err = errors.Join(o.err, o.rt.Close())
		o.rt = nil
	}
	return o.err
}

func (o *Owner) loop() {
	defer close(o.done)
	for {
		items := o.queue.take()
		if items == nil {
			return
		}
		for _, i := range items {
			o.do(i)
		}
	}
}

// do does one thing, and replaces the runtime if it is lost over it.
func (o *Owner) do(i item) {
	var err error
	switch {
	case i.run != nil:
		err = i.run(o.rt)
	case i.generation == o.generation:
		err = o.rt.Handle(i.event)
	}
	if err == nil {
		return
	}
	if _, condemned := errors.AsType[*jsruntime.CondemnedError](err); !condemned {
		o.err = errors.Join(o.err, err)
	}
	o.lost.Add(1)
	if err := o.replace(); err != nil {
		// Without a runtime every later call would be a nil dereference: the program
		// that measures has nothing left to measure.
		panic(fmt.Sprintf("owner: no runtime in place of a lost one: %v", err))
	}
}

// replace answers what a lost runtime had in flight, closes it and makes another.
func (o *Owner) replace() error {
	if o.rt != nil {
		for _, a := range o.rt.Abandon() {
			a.Done(function.Failure(function.Crashed, "another invocation lost the isolate"))
		}
		if err := o.rt.Close(); err != nil {
			return err
		}
	}
	o.generation++
	cfg, generation := o.cfg, o.generation
	cfg.Post = func(e jsruntime.Event) { o.queue.put(item{event: e, generation: generation}) }
	cfg.Stuck = func(*jsruntime.CondemnedError) { o.stuck.Add(1) }
	var err error
	o.rt, err = jsruntime.New(cfg, o.engine)
	return err
}
