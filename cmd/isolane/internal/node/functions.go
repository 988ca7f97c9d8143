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
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
)

// functions keeps what the pool serves equal to what the folder and the store hold, as far
// as that can be served: a broken version leaves the one before in place. What the store
// has goes over what the folder has.
type functions struct {
	log    *slog.Logger
	deploy func(offer) error
	remove func(name string) bool
	// probe says why a function cannot be served.
	probe func(context.Context, *bundle.Function) error

	cancel context.CancelFunc // ends the watches
	ended  sync.WaitGroup     // they have

	turn sync.Mutex // one change at a time, from whichever source; guards what follows
	// refused are those that the pool had no room for, by name. They are tried again when
	// another one changes, which may have made room.
	refused map[string]offer
	// local are those of the folder that could be served, by name, also where the store's
	// is served in their place; claimed the names that the store's is served for.
	local   map[string]*bundle.Function
	claimed map[string]bool

	listing listing
}

// offer is what is to be served of a function: of the folder, or of the store.
type offer struct {
	fn *bundle.Function
	// split, where it is not nil, gets a part of the calls.
	split *actors.Split
	// revision is that of the store; 0 is the folder.
	revision uint64
}

// source names where it comes from.
func (o offer) source() string {
	if o.revision > 0 {
		return fromStore
	}
	return fromFolder
}

// startFunctions deploys what the store and the folder hold and goes on to watch both. A
// function that is broken does not keep the node from starting.
func (n *Node) startFunctions(ctx context.Context) error {
	n.stage(stageFunctions)
	watching, cancel := context.WithCancel(context.WithoutCancel(ctx))
	f := &functions{
		log: n.log,
		deploy: func(o offer) error { //nolint:contextcheck // triggers are served until they are taken away
			defer n.assignTriggers()
			defer n.assignDedicated()
			if o.split != nil {
				return n.pool.DeploySplit(o.fn, *o.split)
			}
			return n.pool.Deploy(o.fn)
		},
		remove: func(name string) bool { //nolint:contextcheck // triggers are served until they are taken away
			defer n.assignTriggers()
			defer n.assignDedicated()
			return n.pool.Remove(name)
		},
		probe: func(ctx context.Context, fn *bundle.Function) error {
			cfg := n.runtimeConfig(nil)
			cfg.Console = nil // what a module prints when it is tried is for the node's log
			return jsruntime.Probe(ctx, cfg, n.engine, fn)
		},
		cancel: cancel,
	}
	n.functions = f
	// The store first: what it has goes over what the folder has.
	if n.store != nil {
		if err := f.follow(ctx, watching, n.store, n.cfg.Limits); err != nil {
			return fmt.Errorf("read the deployed functions: %w", err)
		}
	}
	if !n.hasFolder {
		return nil
	}
	ready := make(chan struct{})
	failed := make(chan error, 1)
	f.ended.Go(func() {
		failed <- folder.Watch(watching, folder.Config{
			Dir: n.cfg.Functions, Defaults: n.cfg.Limits, Logger: n.log,
			OnChange: func(c folder.Change) { f.change(watching, c) },
			Ready:    func() { close(ready) },
		})
	})
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
	f.turn.Lock()
	defer f.turn.Unlock()
	if c.Removed {
		f.drop(c.Name, c.Err)
		return
	}
	err := c.Err
	if err == nil {
		err = f.probe(ctx, c.Function)
	}
	if ctx.Err() != nil {
		return // the node stops
	}
	if o, waits := f.refused[c.Name]; waits && o.revision == 0 {
		delete(f.refused, c.Name)
	}
	if err != nil {
		f.reject(c.Name, "", offer{}, err)
		return
	}
	f.keep(c.Function)
	if f.claimed[c.Name] {
		f.listing.setBroken(c.Name, fromFolder, nil)
		f.shadow(c.Name)
		return
	}
	if f.take(offer{fn: c.Function}) == nil {
		f.retry()
	}
}

// drop takes what is gone from the folder away, unless the store's is served. The caller
// holds turn.
func (f *functions) drop(name string, err error) {
	delete(f.local, name)
	if o, waits := f.refused[name]; waits && o.revision == 0 {
		delete(f.refused, name)
	}
	f.listing.setBroken(name, fromFolder, broken(offer{}, "", err))
	if f.claimed[name] {
		return
	}
	f.withdraw(name)
	f.retry()
}

// claim serves what the store holds. Its error was reported already.
func (f *functions) claim(o offer) error {
	f.turn.Lock()
	defer f.turn.Unlock()
	if err := f.take(o); err != nil {
		return err
	}
	if f.claimed == nil {
		f.claimed = map[string]bool{}
	}
	if !f.claimed[o.fn.Name] && f.local[o.fn.Name] != nil {
		f.shadow(o.fn.Name)
	}
	f.claimed[o.fn.Name] = true
	f.retry()
	return nil
}

// unclaim takes away what the store no longer holds; where the folder has a function of
// that name, it is served again.
func (f *functions) unclaim(name string) {
	f.turn.Lock()
	defer f.turn.Unlock()
	f.listing.setBroken(name, fromStore, nil)
	if o, waits := f.refused[name]; waits && o.revision > 0 {
		delete(f.refused, name)
	}
	if !f.claimed[name] {
		return
	}
	delete(f.claimed, name)
	if fn := f.local[name]; fn != nil {
		f.log.Info("a function is served from the folder again, since it is no longer deployed", slog.String("function", name))
		_ = f.take(offer{fn: fn}) // reported
	} else {
		f.withdraw(name)
	}
	f.retry()
}

// decline reports what the store holds and this node cannot serve.
func (f *functions) decline(name, version string, revision uint64, err error) {
	f.turn.Lock()
	defer f.turn.Unlock()
	f.reject(name, version, offer{revision: revision}, err)
}

// shadow warns of a function of the folder that is not served.
func (f *functions) shadow(name string) {
	f.log.Warn("a function of the folder is not served, since one of its name is deployed: deploy this one (isolane deploy), or take the other away (isolane functions rm)",
		slog.String("function", name))
}

func (f *functions) keep(fn *bundle.Function) {
	if f.local == nil {
		f.local = map[string]*bundle.Function{}
	}
	f.local[fn.Name] = fn
}

// withdraw takes a function away. The caller holds turn.
func (f *functions) withdraw(name string) {
	f.listing.setServed(name, nil)
	if f.remove(name) {
		f.log.Info("function removed", slog.String("function", name))
	}
}

// take deploys a function that could be served. Its error was reported already. The
// caller holds turn.
func (f *functions) take(o offer) error {
	name := o.fn.Name
	if err := f.deploy(o); err != nil {
		if _, full := errors.AsType[*actors.DedicatedError](err); full {
			if f.refused == nil {
				f.refused = map[string]offer{}
			}
			f.refused[name] = o
		}
		f.reject(name, o.fn.Version, o, err)
		return err
	}
	delete(f.refused, name)
	f.listing.setBroken(name, o.source(), nil)
	f.listing.setServed(name, &o)
	attrs := []any{slog.String("function", name), slog.String("version", o.fn.Version), slog.String("source", o.source())}
	if o.split != nil {
		attrs = append(attrs, slog.String("split_version", o.split.Function.Version), slog.Float64("split_percent", o.split.Percent))
	}
	f.log.Info("function deployed", attrs...)
	for _, warning := range o.fn.Bundle.Warnings {
		f.log.Warn("function has a warning", slog.String("function", name), slog.String("warning", warning))
	}
	return nil
}

// retry deploys what there was no room for, as far as there is now. The caller holds turn.
func (f *functions) retry() {
	for _, name := range slices.Sorted(maps.Keys(f.refused)) {
		o := f.refused[name]
		if o.revision == 0 && f.claimed[name] {
			continue
		}
		if f.take(o) != nil {
			return
		}
		if o.revision > 0 {
			if f.claimed == nil {
				f.claimed = map[string]bool{}
			}
			f.claimed[name] = true
		}
	}
}

// reject reports a function that is not served as it is. The caller holds turn.
func (f *functions) reject(name, version string, o offer, err error) {
	f.listing.setBroken(name, o.source(), broken(o, version, err))
	f.log.Error("function cannot be served as it is; the version before, if there is one, stays",
		slog.String("function", name), slog.String("source", o.source()), slog.Any("error", err))
}

// stop ends the watches and waits for them.
func (f *functions) stop() {
	f.cancel()
	f.ended.Wait()
}
