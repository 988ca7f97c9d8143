package cluster

import (
	"context"
	"errors"
	"time"
)

const (
	// askPause is the first wait before an Ask looks for the owner again; it doubles up
	// to askPauses.
	askPause  = 20 * time.Millisecond
	askPauses = 320 * time.Millisecond
	// askFor bounds how long an Ask goes on looking for an owner.
	askFor = 10 * time.Second
)

// Ask sends a message to a grain, which its owner activates if need be. done is called
// exactly once, with the reply or an error as of Call. What surely never ran, since the
// grain was on its way from one member to another, is sent again until ctx ends, at most
// for ten seconds; what may have run is not.
func (c *Cluster) Ask(ctx context.Context, kind, identity string, body []byte, done func([]byte, error)) {
	if identity == "" {
		c.later(func() { done(nil, notDelivered("a grain needs an identity")) })
		return
	}
	c.ask(ctx, address{kind: kind, identity: identity}, body, time.Now().Add(askFor), askPause, done)
}

func (c *Cluster) ask(ctx context.Context, to address, body []byte, until time.Time, pause time.Duration, done func([]byte, error)) {
	again := func(err error) {
		if c.stopped() || time.Now().Add(pause).After(until) {
			done(nil, err)
			return
		}
		c.later(func() {
			timer := time.NewTimer(pause)
			defer timer.Stop()
			select {
			case <-timer.C:
				c.ask(ctx, to, body, until, min(2*pause, askPauses), done)
			case <-ctx.Done():
				done(nil, ctx.Err())
			case <-c.ctx.Done():
				done(nil, err)
			}
		})
	}
	owner, ok := c.view.Load().owner(to.kind, to.identity)
	if !ok {
		again(notDelivered("no member runs grains of kind %q", to.kind))
		return
	}
	to.member = owner.Name
	c.send(ctx, to, body, func(reply []byte, err error) {
		var refused *RefusedError
		if errors.Is(err, ErrNotDelivered) || (errors.As(err, &refused) && refused.Elsewhere) {
			again(err)
			return
		}
		done(reply, err)
	})
}
