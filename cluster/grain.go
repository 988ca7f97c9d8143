package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/cluster/lease"
)

// grain is the thin parent of one Grain: it has the queue and the lease, and begins the
// Grain anew when that fails. Proto.Actor would spawn grains below its placement actor,
// whose supervision cannot be chosen; here run is the supervision.
type grain struct {
	gs     *grains
	kind   GrainKind
	key    grainKey
	log    *slog.Logger
	ctx    context.Context //nolint:containedctx // ended by retire
	cancel context.CancelFunc
	wake   chan struct{} // there is something in queue; one place

	serving atomic.Bool

	mu    sync.Mutex
	queue []*ask // guarded by mu; bounded by GrainConfig.Queue
	kept  bool   // guarded by mu; it goes on without messages
	over  bool   // guarded by mu; run has ended: nothing is put into queue
}

// ask is a message to a grain.
type ask struct {
	ctx     context.Context //nolint:containedctx // the call's own, as in http.Request
	req     Request
	reply   func([]byte, error) // runs once, whoever calls it
	unwatch func() bool         // stops watching ctx; called when it leaves the queue
}

func newGrain(gs *grains, kind GrainKind, key grainKey, kept bool) *grain {
	g := &grain{gs: gs, kind: kind, key: key, kept: kept, wake: make(chan struct{}, 1)}
	g.ctx, g.cancel = context.WithCancel(gs.c.ctx)
	g.log = gs.c.log.With(slog.String("grain", key.kind+"/"+key.identity))
	return g
}

// retire gives the grain away: it stops, and its lease goes back. Idempotent.
func (g *grain) retire() { g.cancel() }

func (g *grain) keep(kept bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept = kept
}

// handle is the Handler of the grain's messages: into the queue, until their deadline.
func (g *grain) handle(ctx context.Context, req Request, reply func([]byte, error)) {
	a := &ask{ctx: ctx, req: req, reply: reply}
	g.mu.Lock()
	if g.over || g.ctx.Err() != nil {
		g.mu.Unlock()
		reply(nil, moving())
		return
	}
	if len(g.queue) >= g.gs.c.cfg.Grains.Queue {
		g.mu.Unlock()
		reply(nil, &RefusedError{Message: "too many messages wait for the grain", RetryAfter: time.Second})
		return
	}
	g.queue = append(g.queue, a)
	a.unwatch = context.AfterFunc(ctx, func() { g.expire(a) })
	g.mu.Unlock()
	select {
	case g.wake <- struct{}{}:
	default: // it is awake
	}
}

func moving() error {
	return &RefusedError{Message: "the grain is being moved", Elsewhere: true}
}

// expire ends a message that has waited too long.
func (g *grain) expire(a *ask) {
	g.mu.Lock()
	found := false
	for i, other := range g.queue {
		if other == a {
			g.queue = append(g.queue[:i:i], g.queue[i+1:]...)
			found = true
			break
		}
	}
	g.mu.Unlock()
	if found {
		a.reply(nil, &RefusedError{Message: "the grain was not ready before the deadline"})
	}
}

// next takes the first message from the queue; nil: there is none.
func (g *grain) next() *ask {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.queue) == 0 {
		return nil
	}
	a := g.queue[0]
	g.queue = g.queue[1:]
	a.unwatch()
	return a
}

// refuse answers everything that waits.
func (g *grain) refuse(err error) {
	for a := g.next(); a != nil; a = g.next() {
		a.reply(nil, err)
	}
}

var (
	errLost    = errors.New("the lease was lost")
	errCrashed = errors.New("the grain panicked")
	errIdle    = errors.New("nobody needs it")
)

// run activates the grain, again and again while it belongs here and somebody needs it.
func (g *grain) run() {
	defer g.gs.removed(g)
	defer g.end()
	backoff := g.gs.c.cfg.Grains.Backoff
	pause := backoff
	for g.ctx.Err() == nil {
		held, err := g.acquire()
		if err != nil {
			return // retired while it waited
		}
		began := time.Now()
		err = g.live(held)
		g.release(held)
		var failed *startError
		switch {
		case errors.Is(err, errIdle) && g.idle(), g.ctx.Err() != nil:
			return
		case errors.Is(err, errLost), errors.Is(err, errIdle):
			continue
		case errors.As(err, &failed):
			g.refuse(&RefusedError{Message: failed.Error(), RetryAfter: pause})
			if g.idle() {
				return
			}
		}
		if time.Since(began) > 30*backoff {
			pause = backoff
		}
		g.log.LogAttrs(g.ctx, slog.LevelWarn, "the grain is activated again", slog.Any("error", err), slog.Duration("after", pause))
		g.rest(pause)
		pause = min(2*pause, 30*backoff)
	}
}

// end takes no more messages and refuses those that wait.
func (g *grain) end() {
	g.mu.Lock()
	g.over = true
	g.mu.Unlock()
	g.cancel()
	g.refuse(moving())
}

// idle says whether nobody keeps it and nothing waits.
func (g *grain) idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.kept && len(g.queue) == 0
}

// rest waits for d, or until the grain is retired.
func (g *grain) rest(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-g.ctx.Done():
	}
}

// holding is a lease, or its absence where grains are not fenced.
type holding interface {
	Token() uint64
	Held() bool
	Lost() <-chan struct{}
	Release(ctx context.Context) error
}

func (g *grain) acquire() (holding, error) {
	if g.gs.c.deps.Store == nil {
		return unfenced{g.ctx}, nil
	}
	return lease.Acquire(g.ctx, g.gs.c.deps.Store, g.gs.c.cfg.Lease, leaseKey(g.key))
}

func (g *grain) release(held holding) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(g.ctx), g.gs.c.cfg.Grains.StopTimeout)
	defer cancel()
	if err := held.Release(ctx); err != nil {
		g.log.LogAttrs(ctx, slog.LevelWarn, "the grain's lease could not be given back; others wait until it expires", slog.Any("error", err))
	}
}

// unfenced is what a grain holds without a store.
type unfenced struct {
	ctx context.Context //nolint:containedctx // the grain's
}

func (u unfenced) Token() uint64                 { return 0 }
func (u unfenced) Held() bool                    { return u.ctx.Err() == nil }
func (u unfenced) Lost() <-chan struct{}         { return nil }
func (u unfenced) Release(context.Context) error { return nil }

// startError: Grain.Start failed.
type startError struct{ err error }

func (e *startError) Error() string { return fmt.Sprintf("the grain could not be started: %v", e.err) }
func (e *startError) Unwrap() error { return e.err }
