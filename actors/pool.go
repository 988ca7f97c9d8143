package actors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// supervisorName is the name of the supervisor's actor; its children are
// runtimes/runtime-0 and so on, with a suffix that is never used twice.
const supervisorName = "runtimes"

// Deps are what a Pool is given.
type Deps struct {
	// System is the actor system to live in; see SystemOptions. It is the caller's,
	// holds at most one Pool, and must outlast it. Where a runtime is stuck when the
	// Pool is closed, the system takes no other Pool until that turn returns.
	System *actor.ActorSystem
	// Logger takes the pool's log; nil is silence.
	Logger *slog.Logger
	// Clock is the time; nil is the real one.
	Clock Clock
	// Tracer makes the spans of what waits and runs; nil makes none.
	Tracer span.Tracer
}

// Pool is the runtimes of one node and the work that waits for them. It is safe for
// concurrent use.
type Pool struct {
	d       *dispatcher
	root    *actor.RootContext
	pid     *actor.PID
	closing sync.Mutex
	stopped chan struct{}
}

// Start spawns the supervisor and cfg.Runtimes runtimes, and returns when each of
// them has tried to make its isolate. Where some failed, they go on trying; where
// all did, or ctx is done before, everything is stopped again and the error (which
// wraps ErrNoRuntime, or ctx's) returned. A faulty cfg gives an error that wraps
// ErrConfig.
func Start(ctx context.Context, cfg Config, deps Deps) (*Pool, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if deps.System == nil {
		return nil, fmt.Errorf("%w: no actor system", ErrConfig)
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.Clock == nil {
		deps.Clock = systemClock{}
	}
	p := &Pool{d: newDispatcher(cfg, deps.Clock), root: deps.System.Root, stopped: make(chan struct{})}
	p.d.tracer = deps.Tracer
	wakeup := &wake{}
	p.d.wake = func(s *slot) { p.root.Send(s.pid, wakeup) }
	p.d.look = func(s *slot) { p.root.Send(s.pid, &look{}) }
	p.d.staff = func() { p.root.Send(p.pid, &staff{}) }
	props := actor.PropsFromProducer(func() actor.Actor {
		return newSupervisor(p.d, p.root, deps.Logger, deps.Clock, p.stopped)
	})
	pid, err := p.root.SpawnNamed(props, supervisorName)
	if err != nil {
		return nil, fmt.Errorf("actors: spawn the supervisor: %w", err)
	}
	p.pid = pid
	err = p.Resize(ctx, cfg.Runtimes)
	if err == nil && cfg.Runtimes > 0 {
		err = p.d.anyServing()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("actors: start: %w", err), p.Close())
	}
	return p, nil
}

// Submit has inv run by any runtime that is free, and calls done exactly once: on
// the caller's goroutine where inv is refused (not-found, timeout, overloaded,
// canceled), else on a goroutine of the pool. done must not block. inv is the pool's
// from now on, the Result is done's. It never blocks on a runtime.
//
// Where the pool has more than it can do, Config.Overflow is asked first. What it took
// is answered by whoever runs it, with a receipt that names that node.
func (p *Pool) Submit(inv *function.Invocation, done func(*function.Result)) {
	p.d.submit(inv, done, false)
}

// SubmitHere is Submit for what another node handed on: it never goes further. It is
// answered overloaded where it could not be run here ever, as with no runtime left.
func (p *Pool) SubmitHere(inv *function.Invocation, done func(*function.Result)) {
	p.d.submit(inv, done, true)
}

// Deploy makes fn the current version of its function. What has started goes on with
// the version it began with; what is queued starts on fn. A new version lifts the
// function's quarantine. fn must not be nil.
//
// A function with dedicated: true gets a runtime of its own, which Deploy does not wait
// for: its calls are queued until the isolate is there. It keeps that runtime as long
// as its versions are dedicated and have the same limits.heap and limits.buffers; else
// the runtime finishes what it has in flight, and stops. Where Config.MaxDedicated
// functions have one already the error is a *DedicatedError, and the version before
// goes on serving.
func (p *Pool) Deploy(fn *bundle.Function) error { return p.d.deploy(fn) }

// DeploySplit is Deploy with a second version beside fn, which gets split.Percent of the
// calls: which, is decided by their ids (function.InPortion), so that a call that is run
// again stays. Both are kept warm. The error wraps ErrSplit where the two do not run in
// the same isolates, and nothing was changed then.
func (p *Pool) DeploySplit(fn *bundle.Function, split Split) error { return p.d.release(fn, &split) }

// Remove takes a function away, and reports whether it was there. What has started
// goes on; what is queued is answered not-found. A runtime of its own stops when it
// has nothing in flight any more. It does not wait for that.
func (p *Pool) Remove(name string) bool { return p.d.remove(name) }

// Manifest returns the manifest of the current version of the function of that name;
// false where there is none.
func (p *Pool) Manifest(name string) (function.Manifest, bool) {
	if rec := p.d.registry.lookup(name); rec != nil {
		if fn := rec.version(); fn != nil {
			return fn.Manifest, true
		}
	}
	return function.Manifest{}, false
}

// Functions returns what is deployed, sorted by name.
func (p *Pool) Functions() []FunctionInfo { return p.d.registry.snapshot() }

// Resize changes the number of shared runtimes to n, which must be 0 or more and at
// most FirstDedicated. More are started at once; of too many, those with the highest
// numbers finish what they have in flight, take no more, and stop. With 0, what is
// queued is offered to Config.Overflow, now and again until its deadline or until there
// are runtimes again; without one, it and all that comes is answered overloaded. Resize
// returns when all have tried to make their isolate and all that drain have stopped. ctx
// bounds the wait alone: what was begun goes on. After Close it returns ErrClosed.
func (p *Pool) Resize(ctx context.Context, n int) error {
	if n < 0 {
		return fmt.Errorf("%w: %d runtimes: at least 0 is needed", ErrConfig, n)
	}
	if n > FirstDedicated {
		return fmt.Errorf("%w: %d runtimes: at most %d", ErrConfig, n, FirstDedicated)
	}
	reply := make(chan resized, 1)
	p.root.Send(p.pid, &resize{n: n, reply: reply})
	var r resized
	select {
	case r = <-reply:
	case <-p.stopped:
		return ErrClosed
	}
	for _, s := range r.started {
		if err := p.await(ctx, s.attempted); err != nil {
			return fmt.Errorf("actors: resize to %d: runtime-%d is still starting: %w", n, s.id, err)
		}
	}
	for _, s := range r.draining {
		if err := p.await(ctx, s.stopped); err != nil {
			return fmt.Errorf("actors: resize to %d: runtime-%d is still draining: %w", n, s.id, err)
		}
	}
	return nil
}

func (p *Pool) await(ctx context.Context, ch <-chan struct{}) error {
	select {
	case <-ch:
		return nil
	case <-p.stopped:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Drain offers new work to Config.Overflow, else answers it canceled, and waits until the
// queue is empty, nothing is in flight, ctx.waitUntil promises included, and what was
// handed on is answered. When ctx is done first, all
// that is left is answered canceled and the error wraps ctx's; the pool takes no
// work any more either way, and is to be closed. After Close it returns ErrClosed.
func (p *Pool) Drain(ctx context.Context) error {
	const message = "the node is shutting down and its grace is over"
	drained := p.d.drain()
	if drained == nil {
		return ErrClosed
	}
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
	}
	n := p.d.cutOff(message)
	for _, pid := range p.d.pids() {
		p.root.Send(pid, &cancelAll{message: message})
	}
	return fmt.Errorf("actors: drain: %d invocations canceled: %w", n, ctx.Err())
}

// Worn is closed when Config.MaxStuck turns go on at once that cannot be stopped. The
// pool serves on; what they hold comes back with a restart of the process alone.
func (p *Pool) Worn() <-chan struct{} { return p.d.worn }

// Close answers all that is left with canceled, stops the runtimes, and waits for
// them: as long as the longest turn that is running and not reported stuck. The
// answers come first, so that nobody waits for a turn; then the actors, so that none
// pulls; then the isolates, each by its own actor. It waits for a call of
// Config.Overflow that the pool made by itself, not for one that is in a Submit. A stuck one is left behind, and
// closes its isolate when its turn returns. It is idempotent, and returns what closing
// the isolates returned.
func (p *Pool) Close() error {
	p.closing.Lock()
	defer p.closing.Unlock()
	if p.d.close() {
		p.root.Stop(p.pid)
	}
	<-p.stopped
	p.d.offers.Wait()
	return p.d.closeError()
}
