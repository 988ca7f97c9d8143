package lease

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// Lease is one holding of a key. Its methods are safe for concurrent use. Once lost it
// is never held again: Acquire another.
type Lease struct {
	keyed
	token uint64
	lost  chan struct{}
	done  chan struct{} // closed when keep has returned
	stop  context.CancelFunc

	mu       sync.Mutex
	deadline time.Time // guarded by mu; from here on it is not held
	err      error     // guarded by mu; nil while it is held, then why not
	expiry   Timer     // guarded by mu

	// revision is the record's, as far as known, and gone says that the record is no
	// longer this lease's. keep's, until done; then of whoever holds releasing.
	revision  uint64
	gone      bool
	releasing chan struct{}
	// doubt is when the first renewal was begun of which it is not known whether it
	// took effect; zero: there is none. keep's.
	doubt time.Time
}

// newLease holds what was written at revision, in a write that began at begun or after.
// It outlives ctx.
func newLease(ctx context.Context, k keyed, token, revision uint64, begun time.Time) *Lease {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &Lease{
		keyed:     k,
		token:     token,
		revision:  revision,
		deadline:  begun.Add(k.cfg.hold()),
		lost:      make(chan struct{}),
		done:      make(chan struct{}),
		releasing: make(chan struct{}, 1),
		stop:      stop,
	}
	l.mu.Lock()
	l.expiry = k.cfg.Clock.AfterFunc(l.deadline.Sub(k.cfg.Clock.Now()), l.expire)
	l.mu.Unlock()
	go l.keep(ctx, begun)
	return l
}

// Token is the fencing token: the revision at which the key was taken, or, where the
// answers to that were lost, the last before it was known. Whoever had the key before
// has a smaller one, whoever gets it after a greater one. It never changes.
func (l *Lease) Token() uint64 { return l.token }

// Held says whether the caller holds the key at this moment. It is true until TTL less
// Margin after the last renewal that is known to have succeeded was begun, and false
// for ever after. It costs a lock and a look at the clock: ask before each use.
func (l *Lease) Held() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heldLocked()
}

// heldLocked is Held; a lease whose time is up is lost by asking.
func (l *Lease) heldLocked() bool {
	if l.err != nil {
		return false
	}
	if l.cfg.Clock.Now().Before(l.deadline) {
		return true
	}
	l.loseLocked(ErrExpired)
	return false
}

// expire is what the timer calls. The deadline may have moved meanwhile.
func (l *Lease) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.heldLocked() {
		// Not at once, however coarse the clock is: Held is exact, this may be late.
		l.expiry.Reset(max(l.deadline.Sub(l.cfg.Clock.Now()), time.Millisecond))
	}
}

// Lost is closed when the lease is no longer held, for whatever reason: at its
// deadline, as soon as a renewal shows that it was taken, or by Release.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Err is nil while the lease is held; then ErrExpired, ErrTaken or ErrReleased,
// whichever came first.
func (l *Lease) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heldLocked()
	return l.err
}

// lose ends the holding, once.
func (l *Lease) lose(reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.loseLocked(reason)
}

func (l *Lease) loseLocked(reason error) {
	if l.err != nil {
		return
	}
	l.err = reason
	l.expiry.Stop()
	l.stop()
	close(l.lost)
	if !errors.Is(reason, ErrReleased) {
		l.cfg.Logger.Warn("the lease is lost", slog.Any("error", reason))
	}
}

// extend takes in that a renewal which was begun at begun, or after, has succeeded. If it
// comes too late the lease is lost.
func (l *Lease) extend(begun time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	deadline := begun.Add(l.cfg.hold())
	if !l.heldLocked() || !deadline.After(l.deadline) {
		return
	}
	l.deadline = deadline
	l.expiry.Reset(deadline.Sub(l.cfg.Clock.Now()))
}
