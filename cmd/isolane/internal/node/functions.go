package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
)

// functions keeps what the pool serves equal to what the folder holds, as far as
// that can be served: a broken version leaves the one before in place.
type functions struct {
	log    *slog.Logger
	deploy func(*bundle.Function) error
	remove func(name string) bool
	// probe says why a function cannot be served.
	probe func(context.Context, *bundle.Function) error

	cancel context.CancelFunc
	ended  chan struct{} // closed when the watch has ended

	// refused are the functions that the pool had no room for, by name. They are tried
	// again when another one changes, which may have made room. Touched by the watch.
	refused map[string]*bundle.Function

	mu     sync.Mutex
	broken map[string]string // why, by function; guarded by mu
}

// startFunctions deploys what the folder holds and goes on to watch it. A function
// that is broken does not keep the node from starting.
func (n *Node) startFunctions(ctx context.Context) error {
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &functions{
		log: n.log,
		deploy: func(fn *bundle.Function) error {
			err := n.pool.Deploy(fn)
			n.assignDedicated()
			return err
		},
		remove: func(name string) bool {
			defer n.assignDedicated()
			return n.pool.Remove(name)
		},
		probe: func(ctx context.Context, fn *bundle.Function) error {
			return jsruntime.Probe(ctx, n.runtimeConfig(nil), n.engine, fn)
		},
		cancel: cancel, ended: make(chan struct{}), refused: map[string]*bundle.Function{}, broken: map[string]string{},
	}
	n.functions = f
	ready := make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		defer close(f.ended)
		failed <- folder.Watch(watching, folder.Config{
			Dir: n.cfg.Functions, Defaults: n.cfg.Limits, Logger: n.log,
			OnChange: func(c folder.Change) { f.change(watching, c) },
			Ready:    func() { close(ready) },
		})
	}()
	select {
	case <-ready:
		return nil
	case err := <-failed:
		return fmt.Errorf("watch the folder of functions: %w", err)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// change takes one change of the folder over.
func (f *functions) change(ctx context.Context, c folder.Change) {
	delete(f.refused, c.Name)
	if c.Removed {
		f.setBroken(c.Name, c.Err)
		if f.remove(c.Name) {
			f.log.Info("function removed", slog.String("function", c.Name))
		}
		f.retry()
		return
	}
	err := c.Err
	if err == nil {
		err = f.probe(ctx, c.Function)
	}
	if ctx.Err() != nil {
		return // the node stops
	}
	if err != nil {
		f.reject(c.Name, err)
		return
	}
	if f.take(c.Function) {
		f.retry()
	}
}

// take deploys a function that could be served, and reports whether it was taken.
func (f *functions) take(fn *bundle.Function) bool {
	err := f.deploy(fn)
	if err != nil {
		if _, full := errors.AsType[*actors.DedicatedError](err); full {
			f.refused[fn.Name] = fn
		}
		f.reject(fn.Name, err)
		return false
	}
	delete(f.refused, fn.Name)
	f.setBroken(fn.Name, nil)
	f.log.Info("function deployed", slog.String("function", fn.Name), slog.String("version", fn.Version))
	for _, warning := range fn.Bundle.Warnings {
		f.log.Warn("function has a warning", slog.String("function", fn.Name), slog.String("warning", warning))
	}
	return true
}

// retry deploys what there was no room for, as far as there is now.
func (f *functions) retry() {
	for _, name := range slices.Sorted(maps.Keys(f.refused)) {
		if !f.take(f.refused[name]) {
			return
		}
	}
}

// reject reports a function that is not served as it is.
func (f *functions) reject(name string, err error) {
	f.setBroken(name, err)
	f.log.Error("function cannot be served as it is; the version before, if there is one, stays",
		slog.String("function", name), slog.Any("error", err))
}

func (f *functions) setBroken(name string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.broken, name)
	if err != nil {
		f.broken[name] = err.Error()
	}
}

// brokenNow lists what cannot be served as it is, sorted by name.
func (f *functions) brokenNow() []admin.Broken {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]admin.Broken, 0, len(f.broken))
	for _, name := range slices.Sorted(maps.Keys(f.broken)) {
		list = append(list, admin.Broken{Name: name, Error: f.broken[name]})
	}
	return list
}

// stop ends the watch and waits for it.
func (f *functions) stop() {
	f.cancel()
	<-f.ended
}
