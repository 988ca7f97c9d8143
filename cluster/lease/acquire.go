package lease

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Acquire blocks until the caller holds key, or ctx is done; then the error wraps
// ErrNotAcquired, the reason and the store's last error. A free key is taken at once,
// a released one with the next poll or tick of the watch, a dead holder's after TTL and
// at most one poll. Errors of the store are retried with back-off.
//
// The lease outlives ctx: the caller owns it, and must Release it.
func Acquire(ctx context.Context, store Store, cfg Config, key string) (*Lease, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if store == nil || key == "" {
		return nil, fmt.Errorf("%w: a store and a key are needed", ErrConfig)
	}
	cfg = cfg.withDefaults()
	cfg.Logger = cfg.Logger.With(slog.String("key", key), slog.String("holder", cfg.Holder))
	a := &acquisition{keyed: keyed{store: store, cfg: cfg, key: key, id: newIdentity(cfg.Holder)}}
	if w, ok := store.(Watcher); ok {
		a.watch.watcher = w
	}
	defer a.watch.stop()

	retries := a.retries(a.cfg.Renew / 2)
	var last error
	for ctx.Err() == nil {
		a.watch.open(ctx, cfg, key)
		l, err := a.try(ctx)
		if l != nil {
			return l, nil
		}
		pause := a.pause()
		if err != nil {
			last, pause = err, retries.next()
			cfg.Logger.Debug("the store is tried again", slog.Any("error", err), slog.Duration("after", pause))
		} else {
			last = nil
			retries.Reset()
		}
		a.watch.wait(ctx, cfg.Clock, pause)
	}
	return nil, errors.Join(fmt.Errorf("%w: %q: %w", ErrNotAcquired, key, context.Cause(ctx)), last)
}

// acquisition is what one Acquire has seen.
type acquisition struct {
	keyed
	watch watch
	// revision was first seen, by the own clock and after the answer was there, at
	// since. 0: no record has been seen.
	revision uint64
	since    time.Time
}

// try takes the lease if it is free. Neither a lease nor an error: another holds it.
func (a *acquisition) try(ctx context.Context) (*Lease, error) {
	value, revision, err := a.get(ctx)
	now := a.cfg.Clock.Now()
	switch {
	case errors.Is(err, ErrNotFound):
		created, err := a.create(ctx)
		return a.taken(ctx, created, created, now, err)
	case err != nil:
		return nil, err
	case a.id.wrote(value):
		// An earlier try took effect and its answer was lost. When it took effect is
		// not known, so the lease begins with a renewal.
		renewed, err := a.update(ctx, revision)
		return a.taken(ctx, revision, renewed, now, err)
	case revision > a.revision:
		if a.revision == 0 {
			a.cfg.Logger.Debug("another holds the lease", slog.String("by", holderOf(value)))
		}
		a.revision, a.since = revision, now
		return nil, nil
	case revision < a.revision || now.Sub(a.since) < a.cfg.TTL: // a stale answer, or not free yet
		return nil, nil
	}
	updated, err := a.update(ctx, revision)
	return a.taken(ctx, updated, updated, now, err)
}

// taken makes a lease of a write that began at begun or after. A conflict means that
// somebody, perhaps an earlier try of this very acquisition, was faster.
func (a *acquisition) taken(ctx context.Context, token, revision uint64, begun time.Time, err error) (*Lease, error) {
	if err != nil {
		return nil, err
	}
	if late := a.cfg.Clock.Now().Sub(begun); late >= a.cfg.hold() {
		return nil, fmt.Errorf("lease: take %q: the answer came after %s, too late to be of use", a.key, late)
	}
	return newLease(ctx, a.keyed, token, revision, begun), nil
}

// pause is how long to wait until the record may be free, or must be looked at again.
func (a *acquisition) pause() time.Duration {
	poll := a.cfg.Poll
	if a.watch.on() {
		poll = a.cfg.TTL
	}
	// A moment at least, for a record whose time is up and whose answers are stale.
	return max(min(poll, a.since.Add(a.cfg.TTL).Sub(a.cfg.Clock.Now())), time.Millisecond)
}
