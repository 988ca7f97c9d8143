package folder

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// known is what was last told of a function.
type known struct {
	place   place
	inputs  []string
	version string // "" where there is none, or it was removed
	err     string // "" where it is not broken
}

// reconcile brings what was told in step with the folder: it rebuilds what the pending
// changes concern and tells of what came of it, in the order of names. The error is
// that of the folder; nothing is told then. Where ctx ends meanwhile, nothing is told
// of what was not built to the end.
func (w *watcher) reconcile(ctx context.Context) error {
	// First watch, then read: what changes after it was read is then notified.
	fresh := w.follow()
	if w.notify == nil {
		w.poll()
	}
	pending := join(w.pending, fresh)
	w.pending = changes{}
	w.debounce.reset()

	l, err := readLayout(w.dir)
	if err != nil {
		return err
	}
	built := loadAll(ctx, w.dir, w.stale(l, pending), w.cfg.Defaults)
	if ended(ctx) {
		return nil
	}
	for _, name := range w.names(l) {
		w.settle(name, l, built)
	}
	// Inputs outside of the folder are known only now. What happened to them since they
	// were read went unnoticed: look again.
	for _, dir := range w.follow() {
		w.touch(dir)
	}
	return nil
}

// join adds folders that are new to changes.
func join(c changes, dirs []string) changes {
	if c.paths == nil {
		c.paths = map[string]bool{}
	}
	for _, dir := range dirs {
		c.paths[dir] = true
	}
	return c
}

// stale returns the functions that have to be built.
func (w *watcher) stale(l layout, pending changes) map[string]place {
	places := map[string]place{}
	for name, p := range l.places {
		k := w.known[name]
		if k == nil || k.place != p || k.err != "" || pending.affects(k.inputs) {
			places[name] = p
		}
	}
	return places
}

// names returns every name that is or was there, sorted.
func (w *watcher) names(l layout) []string {
	all := map[string]bool{}
	for name := range w.known {
		all[name] = true
	}
	for name := range l.places {
		all[name] = true
	}
	for name := range l.errs {
		all[name] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// settle compares one name with what was told of it, and tells of the difference.
func (w *watcher) settle(name string, l layout, built map[string]loaded) {
	k, before := w.known[name], known{}
	if k == nil {
		k = &known{}
		w.known[name] = k
	} else {
		before = *k
	}
	p, placed := l.places[name]
	one, rebuilt := built[name]
	err := errors.Join(l.errs[name], one.err)
	k.place, k.err = p, ""
	if rebuilt {
		k.inputs = one.inputs
	}
	switch {
	case !placed && err == nil:
		delete(w.known, name)
		w.cfg.OnChange(Change{Name: name, Removed: true})
	case err != nil:
		k.err = err.Error()
		gone := before.version != "" && !placed && errors.Is(err, ErrOrphan)
		if gone {
			k.version, k.inputs = "", nil
		}
		if gone || k.err != before.err {
			w.cfg.OnChange(Change{Name: name, Err: err, Removed: gone})
		}
	case rebuilt:
		k.version = one.fn.Version
		if k.version != before.version || before.err != "" {
			w.cfg.OnChange(Change{Name: name, Function: one.fn})
		}
	}
}

func ended(ctx context.Context) bool { return ctx.Err() != nil }
