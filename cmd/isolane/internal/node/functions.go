package node

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
)

// functions keeps what the pool serves equal to what the folder holds, as far as
// that can be served: a broken version leaves the one before in place.
type functions struct {
	log    *slog.Logger
	deploy func(*bundle.Function)
	remove func(name string) bool
	// probe says why a function cannot be served.
	probe func(context.Context, *bundle.Function) error

	cancel context.CancelFunc
	ended  chan struct{} // closed when the watch has ended

	mu     sync.Mutex
	broken map[string]string // why, by function; guarded by mu
}

// startFunctions deploys what the folder holds and goes on to watch it. A function
// that is broken does not keep the node from starting.
func (n *Node) startFunctions(ctx context.Context) error {
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &functions{
		log: n.log, deploy: n.pool.Deploy, remove: n.pool.Remove,
		probe: func(ctx context.Context, fn *bundle.Function) error {
			return jsruntime.Probe(ctx, n.runtimeConfig(), n.engine, fn)
		},
		cancel: cancel, ended: make(chan struct{}), broken: map[string]string{},
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
	if c.Removed {
		f.setBroken(c.Name, c.Err)
		if f.remove(c.Name) {
			f.log.Info("function removed", slog.String("function", c.Name))
		}
		return
	}
	err := c.Err
	if err == nil {
		err = f.probe(ctx, c.Function)
	}
	if ctx.Err() != nil {
		return // the node stops
	}
	f.setBroken(c.Name, err)
	if err != nil {
		f.log.Error("function cannot be served as it is; the version before, if there is one, stays",
			slog.String("function", c.Name), slog.Any("error", err))
		return
	}
	f.deploy(c.Function)
	f.log.Info("function deployed", slog.String("function", c.Name), slog.String("version", c.Function.Version))
	for _, warning := range c.Function.Bundle.Warnings {
		f.log.Warn("function has a warning", slog.String("function", c.Name), slog.String("warning", warning))
	}
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
