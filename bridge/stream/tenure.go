package stream

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Longest is how long a run may go on after it was handed on: the wall limit, and a turn
// that is under way at its end.
func (t Trigger) Longest() time.Duration { return t.Wall + t.CPU + time.Second }

// leaseKey is the key of the trigger's lease: of characters that a bucket takes.
func (t Trigger) leaseKey(queue string) string {
	sum := sha256.Sum256([]byte(t.Stream.Name + "/" + t.durable(queue)))
	return "order." + t.Function + "." + hex.EncodeToString(sum[:6])
}

// runInOrder serves the trigger while this member holds its lease.
func (c *consumer) runInOrder(ctx context.Context) {
	leases := c.t.deps.Leases
	if c.trigger.Keyed {
		leases = c.t.deps.KeyedLeases
	}
	if leases == nil {
		c.failed(errNoLeases, 0)
		<-ctx.Done()
		return
	}
	for failures := 0; ctx.Err() == nil; {
		lease, err := leases.Acquire(ctx, c.trigger.leaseKey(c.t.cfg.Queue))
		if err != nil {
			if ctx.Err() == nil {
				pause(ctx, c.failed(err, failures))
				failures++
			}
			continue
		}
		failures = 0
		c.tenure(ctx, lease)
		c.rest(ctx)
	}
}

// tenure is the time from taking the lease until it is lost, or ctx is done. It ends when
// nothing runs any more.
func (c *consumer) tenure(ctx context.Context, lease Lease) {
	if !c.trigger.Keyed { // else the epoch's consumer must be there first
		c.log.Info("this member runs the messages in their order", slog.Uint64("fence", lease.Token()))
	}
	holding, end := context.WithCancel(ctx)
	defer end()
	go func() {
		select {
		case <-lease.Lost():
			end()
		case <-holding.Done():
		}
	}()
	s := newSequencer(c, lease) //nolint:contextcheck // what runs outlives ctx, and ends with the lease
	defer s.end()
	if c.trigger.Keyed {
		s.keyed, s.open = newKeyed(c, s, lease, end), true
		defer s.keyed.calls.start()()
		c.mu.Lock()
		c.order = s
		c.mu.Unlock()
		c.serveKeyed(holding, s.keyed)
		end()
		s.keyed.calls.leave()
	} else if pending, ok := c.firstPending(holding); ok {
		c.mu.Lock()
		c.order = s
		c.mu.Unlock()
		collected := make(chan struct{})
		go func() {
			defer close(collected)
			s.collect(holding, pending)
		}()
		c.serveUntil(holding)
		end()
		<-collected
	}
	s.close() //nolint:contextcheck // ctx has ended by then
	select {
	case <-s.idle:
	case <-c.hurried:
	}
	c.mu.Lock()
	c.order = nil
	c.mu.Unlock()
	releasing, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.t.cfg.Patience)
	defer cancel()
	if err := lease.Release(releasing); err != nil {
		c.log.Warn("the lease of an order is not given back; another member waits until it is over", slog.Any("error", err))
	}
}

// firstPending asks how many messages are delivered and not settled, until there is an
// answer, or ctx is done.
func (c *consumer) firstPending(ctx context.Context) (pending int, ok bool) {
	for failures := 0; ; failures++ {
		pending, err := c.pending(ctx)
		if err == nil {
			return pending, true
		}
		if ctx.Err() != nil {
			return 0, false
		}
		pause(ctx, c.failed(err, failures))
	}
}

// pending is how many messages are delivered to whomever and not settled.
func (c *consumer) pending(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, c.t.cfg.Patience)
	defer cancel()
	name := c.trigger.Stream.Name
	info, err := c.t.js.Consumer(ctx, name, c.trigger.durable(c.t.cfg.Queue))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		return 0, nil
	case err != nil:
		return 0, explain(err, name)
	}
	return info.CachedInfo().NumAckPending, nil
}
