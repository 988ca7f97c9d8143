package gossip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// leaveWait bounds Leave where ctx does not.
const leaveWait = 5 * time.Second

// Failed is closed when the node had to stop: Err says why. It is not closed by Close.
func (g *Gossip) Failed() <-chan struct{} { return g.failed }

// Err is why the node had to stop (ErrNameTaken), nil while it has not.
func (g *Gossip) Err() error {
	select {
	case <-g.failed:
		return g.failure
	default:
		return nil
	}
}

func (g *Gossip) closedErr() error {
	if err := g.Err(); err != nil {
		return errors.Join(ErrClosed, err)
	}
	return ErrClosed
}

// Leave tells the others that the node goes of its own will, and returns when that has
// been gossiped, or ctx ends, or after 5 s. Idempotent; a second call waits for the first
// and returns the same. After Close it does nothing. Close must follow.
func (g *Gossip) Leave(ctx context.Context) error {
	g.leaveMu.Lock()
	defer g.leaveMu.Unlock()
	if g.left || g.stop.Err() != nil {
		return g.leaveErr
	}
	g.left = true
	deadline := time.Now().Add(leaveWait)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	g.infoMu.Lock()
	bye := farewell{name: g.cfg.Name, boot: bootOf(g.self.info)}
	g.infoMu.Unlock()
	if g.table.presentCount() > 1 {
		g.queue.QueueBroadcast(farewellBroadcast(bye))
	}
	// The mark goes first, so that nobody takes the end for a failure.
	marked, cancel := context.WithTimeout(ctx, min(publishWait, time.Until(deadline)))
	_ = g.update(marked, func(a *announcement) { a.leaving = true })
	cancel()
	// Not 0 or less, which memberlist takes for ever.
	if err := g.list.Leave(max(time.Until(deadline), time.Millisecond)); err != nil {
		g.leaveErr = fmt.Errorf("gossip: leave: %w", err)
	}
	return g.leaveErr
}

// Close ends the node; without Leave before, the others see it die. Idempotent; safe at
// any time, also while Leave runs, which it waits for.
func (g *Gossip) Close() error {
	g.closeOnce.Do(func() {
		g.shut()
		g.wg.Wait()
	})
	return g.closeErr
}

// shut ends everything and waits for nothing of ours.
func (g *Gossip) shut() {
	g.lifeMu.Lock()
	g.closed = true
	g.lifeMu.Unlock()
	g.leaveMu.Lock()
	defer g.leaveMu.Unlock()
	g.cancel()
	if err := g.list.Shutdown(); err != nil {
		g.closeErr = fmt.Errorf("gossip: close: %w", err)
	}
}

// fail stops the node without Leave, which would take the name from its holder.
func (g *Gossip) fail(err error) {
	g.failure = fmt.Errorf("%w: %q", err, g.cfg.Name)
	close(g.failed)
	g.log.LogAttrs(context.Background(), slog.LevelError, "gossip: stopped", slog.Any("error", g.failure))
	g.shut()
	g.tick()
}
