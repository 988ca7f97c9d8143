package gossip

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
)

// maxSends bounds the sends under way; further ones wait.
const maxSends = 64

type message struct {
	from string
	kind uint8
	body []byte
}

// Send gives body to a member, over a stream of its own: it returns nil when the bytes
// are with the other machine's kernel, which does not say that OnMessage's function has
// run. It blocks until then, or ctx's end, or Timings.StreamTimeout. Body is the
// caller's again at return only if the error is nil or none of ctx's. Errors:
// ErrUnknownMember, ErrTooLarge, ErrClosed, ctx's, or the network's.
func (g *Gossip) Send(ctx context.Context, member string, kind uint8, body []byte) error {
	if len(body) > g.cfg.MaxMessage {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(body), g.cfg.MaxMessage)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if member == g.cfg.Name {
		if g.stop.Err() != nil {
			return g.closedErr()
		}
		g.enqueue(message{from: member, kind: kind, body: slices.Clone(body)}) //nolint:contextcheck // what it logs is not of this call
		return nil
	}
	node, ok := g.table.node(member)
	if !ok {
		return fmt.Errorf("%w: %q", ErrUnknownMember, member)
	}
	select {
	case g.sending <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.stop.Done():
		return g.closedErr()
	}
	done := make(chan error, 1)
	started := g.spawn(func() {
		defer func() { <-g.sending }()
		done <- g.list.SendReliable(&node, encodeUser(g.cfg.Name, kind, body))
	})
	if !started {
		<-g.sending
		return g.closedErr()
	}
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("gossip: send to %s: %w", member, err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// OnMessage says what is done with messages of a kind, in place of what was said before;
// nil: they are dropped. Functions run one after another, never under a lock; one that
// blocks fills the inbox, whose overflow is dropped and logged. From is who the sender
// says it is; body is fn's.
func (g *Gossip) OnMessage(kind uint8, fn func(from string, body []byte)) {
	g.handlerMu.Lock()
	defer g.handlerMu.Unlock()
	g.handlers[kind] = fn
}

func (g *Gossip) enqueue(m message) {
	select {
	case g.inbox <- m:
	default:
		g.quiet.say(slog.LevelWarn, "inbox", "gossip: inbox full, message dropped",
			slog.String("from", m.from), slog.Int("kind", int(m.kind)), slog.Int("bound", cap(g.inbox)))
	}
}

// deliver runs the functions of OnMessage.
func (g *Gossip) deliver() {
	for {
		select {
		case <-g.stop.Done():
			return
		case m := <-g.inbox:
			g.handlerMu.RLock()
			fn := g.handlers[m.kind]
			g.handlerMu.RUnlock()
			if fn == nil {
				g.quiet.say(slog.LevelDebug, "kind", "gossip: message of a kind that nobody handles",
					slog.String("from", m.from), slog.Int("kind", int(m.kind)))
				continue
			}
			fn(m.from, m.body)
		}
	}
}

// spawn runs fn on a goroutine that Close waits for; false after Close.
func (g *Gossip) spawn(fn func()) bool {
	g.lifeMu.RLock()
	defer g.lifeMu.RUnlock()
	if g.closed {
		return false
	}
	g.wg.Go(fn)
	return true
}
