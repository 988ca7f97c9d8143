package lease

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// keyed is one key of a store as one identity uses it: each call is bounded by the own
// clock, and its error says what was tried.
type keyed struct {
	store Store
	cfg   Config
	key   string
	id    *identity
}

func (k keyed) get(ctx context.Context) (value []byte, revision uint64, err error) {
	err = k.call(ctx, "get", func(ctx context.Context) error {
		value, revision, err = k.store.Get(ctx, k.key)
		return err
	})
	return value, revision, err
}

func (k keyed) create(ctx context.Context) (revision uint64, err error) {
	value := k.id.next()
	err = k.call(ctx, "create", func(ctx context.Context) error {
		revision, err = k.store.Create(ctx, k.key, value)
		return err
	})
	return revision, err
}

func (k keyed) update(ctx context.Context, last uint64) (revision uint64, err error) {
	value := k.id.next()
	err = k.call(ctx, "update", func(ctx context.Context) error {
		revision, err = k.store.Update(ctx, k.key, value, last)
		return err
	})
	return revision, err
}

func (k keyed) delete(ctx context.Context, last uint64) error {
	return k.call(ctx, "delete", func(ctx context.Context) error {
		return k.store.Delete(ctx, k.key, last)
	})
}

// call gives f as long as a renewal may take: Renew.
func (k keyed) call(ctx context.Context, what string, f func(context.Context) error) error {
	ctx, cancel := bounded(ctx, k.cfg.Clock, k.cfg.Renew)
	defer cancel()
	err := f(ctx)
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); cause != nil {
		return fmt.Errorf("lease: %s %q: %w (%w)", what, k.key, err, cause)
	}
	return fmt.Errorf("lease: %s %q: %w", what, k.key, err)
}

// retries is the time between tries: from a tenth of Renew to most, jittered.
func (k keyed) retries(most time.Duration) *retries {
	return &retries{backoff.ExponentialBackOff{
		InitialInterval:     max(k.cfg.Renew/10, time.Millisecond),
		RandomizationFactor: backoff.DefaultRandomizationFactor,
		Multiplier:          backoff.DefaultMultiplier,
		MaxInterval:         max(most, time.Millisecond),
	}}
}

// retries is a back-off that begins anew after each success.
type retries struct{ backoff.ExponentialBackOff }

func (r *retries) next() time.Duration { return r.NextBackOff() }
