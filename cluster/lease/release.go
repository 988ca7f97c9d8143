package lease

import (
	"context"
	"errors"
	"fmt"
)

// Release gives the key back: Held is false from the call on, before the store knows
// of it, and another may take the key as soon as the store does. Idempotent. It blocks
// until the record is gone, ctx is done, or TTL has passed, after which the record
// is free anyhow; in the last two cases it returns the store's error, another call tries
// again, and without one the record is free after TTL.
//
// A lease that was lost may be released: what may be left of its record is removed.
func (l *Lease) Release(ctx context.Context) error {
	l.lose(ErrReleased)
	select {
	case <-l.done: // keep, whose call of the store has been canceled
	case <-ctx.Done():
		return fmt.Errorf("lease: release %q: %w", l.key, context.Cause(ctx))
	}
	select {
	case l.releasing <- struct{}{}:
		defer func() { <-l.releasing }()
	case <-ctx.Done():
		return fmt.Errorf("lease: release %q: %w", l.key, context.Cause(ctx))
	}

	deadline := l.cfg.Clock.Now().Add(l.cfg.TTL)
	for retries := l.retries(l.cfg.Renew / 2); !l.gone; {
		again, err := l.remove(ctx)
		switch {
		case err == nil && !again:
			l.gone = true
		case err == nil:
		case ctx.Err() != nil || !l.cfg.Clock.Now().Before(deadline):
			return err
		default:
			wait(ctx, l.cfg.Clock, retries.next(), nil)
		}
	}
	return nil
}

// remove deletes the record. again: it has another revision, which is known now.
func (l *Lease) remove(ctx context.Context) (again bool, err error) {
	conflict := l.delete(ctx, l.revision)
	if !errors.Is(conflict, ErrConflict) {
		return false, conflict
	}
	advanced, err := l.reconcile(ctx)
	switch {
	case errors.Is(err, ErrTaken): // or gone, since an earlier call's answer was lost
		return false, nil
	case err != nil:
		return false, err
	case !advanced:
		return false, conflict
	}
	return true, nil
}
