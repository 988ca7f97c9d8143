package lease

import (
	"context"
	"fmt"
	"time"
)

// Clock measures how long things take. Only differences of its times are used, so it
// need not be right, but it must not be set back. Safe for concurrent use.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f on its own goroutine after d.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a running AfterFunc; *time.Timer is one.
type Timer interface {
	Stop() bool
	Reset(d time.Duration) bool
}

// systemClock is the system's monotonic clock.
type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (systemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// wait returns when d has passed, wake ticks (false if it has been closed, else true)
// or ctx is done.
func wait(ctx context.Context, clock Clock, d time.Duration, wake <-chan struct{}) (open bool) {
	if d <= 0 {
		return true
	}
	fired := make(chan struct{})
	timer := clock.AfterFunc(d, func() { close(fired) })
	defer timer.Stop()
	select {
	case <-fired:
	case <-ctx.Done():
	case _, open = <-wake:
		return open
	}
	return true
}

// bounded is a context for one call of the store, which ends after d by clock.
func bounded(ctx context.Context, clock Clock, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := clock.AfterFunc(d, func() {
		cancel(fmt.Errorf("no answer within %s: %w", d, context.DeadlineExceeded))
	})
	return ctx, func() {
		timer.Stop()
		cancel(context.Canceled)
	}
}
