package cluster

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// leaseKey is a grain's key in the store, of the characters that a NATS key may have.
func leaseKey(key grainKey) string {
	enc := base64.RawURLEncoding
	return "grain." + enc.EncodeToString([]byte(key.kind)) + "." + enc.EncodeToString([]byte(key.identity))
}

// activation is one life of a Grain under one lease.
type activation struct {
	*grain
	held holding
	body Grain

	mu      sync.Mutex
	running map[*ask]struct{} // guarded by mu; handled and not replied to
}

// live starts the Grain, hands it messages while the lease is held, and stops it. It
// returns why it ended.
func (g *grain) live(held holding) error {
	a := &activation{grain: g, held: held, running: map[*ask]struct{}{}}
	ctx, cancel := context.WithCancel(g.ctx)
	defer cancel()
	stop := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { // a Grain that is busy learns of the loss by its context
		select {
		case <-held.Lost():
			cancel()
		case <-stop:
		}
	})
	defer watching.Wait()
	defer close(stop)

	if err := a.start(ctx, cancel); err != nil {
		return err
	}
	g.serving.Store(true)
	g.log.LogAttrs(ctx, slog.LevelDebug, "the grain is active", slog.Uint64("token", held.Token()))
	err := a.serve(ctx)
	g.serving.Store(false)
	a.stop()
	a.abandon()
	return err
}

// start makes and starts the Grain, within StartTimeout; cancel ends ctx.
func (a *activation) start(ctx context.Context, cancel context.CancelFunc) error {
	token := func() (uint64, bool) { return a.held.Token(), ctx.Err() == nil && a.held.Held() }
	timeout := a.gs.c.cfg.Grains.StartTimeout
	bounded, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	started := make(chan error, 1)
	var settled atomic.Bool // by Start's return, or by giving it up: the first counts
	begin := func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				a.panicked("Start", p)
				err = errCrashed
			}
		}()
		a.body = a.kind.New(a.key.identity)
		return a.body.Start(ctx, token)
	}
	go func() {
		err := begin()
		if settled.CompareAndSwap(false, true) {
			started <- err
			return
		}
		a.stopNow(context.WithoutCancel(ctx)) // it was given up
	}()
	fail := func(err error) error { //nolint:contextcheck // Stop has a time of its own: the activation's context has ended
		a.stop()
		return &startError{err}
	}
	select {
	case err := <-started:
		switch {
		case err != nil:
			return fail(err)
		case ctx.Err() != nil:
			return fail(context.Cause(ctx))
		}
		return nil
	case <-bounded.Done():
	}
	why := context.Cause(ctx)
	if why == nil {
		why = fmt.Errorf("not started within %s", timeout)
	}
	cancel()
	// It hears of that by its context, and has a moment to heed it.
	timer := time.NewTimer(a.gs.c.cfg.Grains.StopTimeout)
	defer timer.Stop()
	select {
	case err := <-started: // too late, with or without an error
		return fail(errors.Join(why, err))
	case <-timer.C:
	}
	if !settled.CompareAndSwap(false, true) {
		return fail(errors.Join(why, <-started))
	}
	a.log.LogAttrs(ctx, slog.LevelError, "a grain ignores that its activation has ended; it is left behind, with a token that is void")
	return &startError{why}
}

// serve hands messages over until the lease is lost, the grain is retired, idle or
// panics.
func (a *activation) serve(ctx context.Context) error {
	idle := time.NewTimer(a.gs.c.cfg.Grains.Idle)
	defer idle.Stop()
	for {
		for m := a.next(); m != nil; m = a.next() {
			if err := a.pass(ctx, m); err != nil {
				return err
			}
			idle.Reset(a.gs.c.cfg.Grains.Idle)
		}
		select {
		case <-a.wake:
		case <-idle.C:
			if a.idle() && a.unanswered() == 0 {
				return errIdle
			}
			idle.Reset(a.gs.c.cfg.Grains.Idle)
		case <-ctx.Done():
			return errLost
		}
	}
}

// pass gives one message to the Grain, if the lease is held at this moment.
func (a *activation) pass(ctx context.Context, m *ask) (err error) {
	if ctx.Err() != nil || !a.held.Held() {
		m.reply(nil, moving())
		return errLost
	}
	if m.ctx.Err() != nil {
		m.reply(nil, &RefusedError{Message: "the grain was not ready before the deadline"})
		return nil
	}
	a.mu.Lock()
	a.running[m] = struct{}{}
	a.mu.Unlock()
	reply := func(body []byte, err error) {
		a.mu.Lock()
		_, open := a.running[m]
		delete(a.running, m)
		a.mu.Unlock()
		if open {
			m.reply(body, err)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			a.panicked("Handle", p)
			reply(nil, &RemoteError{Message: errCrashed.Error()})
			err = errCrashed
		}
	}()
	a.body.Handle(m.ctx, m.req, reply) //nolint:contextcheck // the message's context is its caller's, not the activation's
	return nil
}

// stop calls Stop, within StopTimeout.
func (a *activation) stop() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(a.ctx), a.gs.c.cfg.Grains.StopTimeout)
	defer cancel()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		a.stopNow(ctx)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		a.log.LogAttrs(ctx, slog.LevelError, "a grain does not stop; it is left behind with a token that is void")
	}
}

func (a *activation) stopNow(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			a.panicked("Stop", p)
		}
	}()
	if a.body != nil {
		a.body.Stop(ctx)
	}
}

// abandon answers what the Grain has left unanswered.
func (a *activation) abandon() {
	a.mu.Lock()
	running := a.running
	a.running = map[*ask]struct{}{}
	a.mu.Unlock()
	for m := range running {
		m.reply(nil, &RemoteError{Message: "the grain stopped before it replied"})
	}
}

func (a *activation) unanswered() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.running)
}

func (a *activation) panicked(where string, p any) {
	a.log.LogAttrs(a.ctx, slog.LevelError, "a grain panicked", slog.String("in", where),
		slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
}
