package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
)

// Drain takes no new calls and gossips that this member drains: it owns no grain, has no
// share, gets no spill. It returns when its grains are handed over and what was in
// flight has ended, here and from here; or with ctx's error, and then goes on draining.
// Idempotent. There is no way back but a new start.
func (c *Cluster) Drain(ctx context.Context) error {
	c.mu.Lock()
	c.draining = true
	c.mu.Unlock()
	if !c.lock(ctx) {
		if c.stopped() {
			return nil
		}
		return fmt.Errorf("cluster: drain: %w", ctx.Err())
	}
	defer c.unlock()
	if c.stopped() {
		return nil
	}
	return c.drain(ctx)
}

func (c *Cluster) drain(ctx context.Context) error {
	err := c.gossip.SetInfo(ctx, func(i *gossip.Info) { i.Draining = true })
	if err != nil {
		err = fmt.Errorf("cluster: gossip that this member drains: %w", err)
	}
	if n := c.node.Load(); n != nil {
		n.open.Store(false)
	}
	err = errors.Join(err, c.grains.stop(ctx))
	if waited := errors.Join(c.inbound.wait(ctx), c.calls.wait(ctx)); waited != nil {
		err = errors.Join(err, fmt.Errorf("cluster: %d calls run here and %d elsewhere still: %w", c.inbound.len(), c.calls.len(), ctx.Err()))
	}
	return err
}

// leaving says whether the member drains or has stopped.
func (c *Cluster) leaving() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draining || c.done
}

// Stop drains for as long as ctx allows, leaves the membership and ends everything; what
// is still pending ends with ErrNoAnswer. It returns when every goroutine of the member
// has ended. Idempotent: later calls wait for the first, and return nil.
//
// The order is that of Start backwards: calls, then grains, which the others take over
// once this one has left; the actor system; the port; the gossip, last, since it tells
// the others.
func (c *Cluster) Stop(ctx context.Context) error {
	c.mu.Lock()
	c.draining = true
	first := !c.stopping
	c.stopping = true
	c.mu.Unlock()
	if !first {
		select {
		case <-c.ended:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("cluster: stop: %w", ctx.Err())
		}
	}
	defer close(c.ended)
	var err error
	if c.lock(ctx) {
		defer c.unlock()
		err = c.drain(ctx)
	}
	c.mu.Lock()
	c.done = true
	c.mu.Unlock()
	if e := c.gossip.Leave(ctx); e != nil {
		err = errors.Join(err, fmt.Errorf("cluster: leave: %w", e))
	}
	c.linger(ctx)
	c.cancel()
	c.watched.Wait()
	c.lost(ErrStopped, func(*pending) bool { return true })
	if n := c.node.Swap(nil); n != nil {
		n.close() //nolint:contextcheck // Proto.Actor's interface takes no context
	}
	c.remote.Close()
	if e := c.gossip.Close(); e != nil {
		err = errors.Join(err, fmt.Errorf("cluster: close the gossip: %w", e))
	}
	c.mu.Lock()
	c.ending = true
	c.mu.Unlock()
	c.running.Wait()
	c.log.LogAttrs(ctx, slog.LevelInfo, "this member has left")
	return err
}

// lingerFor is how long a member that has left refuses the calls that were on their way
// to it, so that their callers know that they never ran.
const lingerFor = 200 * time.Millisecond

func (c *Cluster) linger(ctx context.Context) {
	if len(c.view.Load().peers) < 2 {
		return // there is nobody to call it
	}
	timer := time.NewTimer(lingerFor)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
