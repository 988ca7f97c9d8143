package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// sendHere is a call to this member: the same handlers, bounds and ends, no wire.
func (c *Cluster) sendHere(ctx context.Context, n *node, to address, body []byte, done func([]byte, error)) error { //nolint:contextcheck // a handler runs in the node's life; the caller's context reaches it as a cancel
	if !n.open.Load() {
		return notDelivered("this member takes no calls now")
	}
	if limit := c.remote.MaxMessage(); len(body) > limit {
		return &TooLargeError{Size: len(body), Limit: limit}
	}
	run, _, text := c.runner(&isolanev1.Envelope{Name: to.kind, Identity: to.identity})
	if run == nil {
		return &RefusedError{Message: text, Elsewhere: to.identity != ""}
	}
	local := &pending{member: c.cfg.Name, system: n.id, done: done, settle: func(error) {}}
	local.claim()
	s := &serving{node: n, stop: func() {}}
	running, cancel := context.WithCancelCause(n.ctx)
	s.cancel = cancel
	if deadline, ok := ctx.Deadline(); ok {
		running, s.stop = context.WithDeadline(running, deadline)
	}
	if !c.calls.add(ctx, local, time.Hour, func(uint64) {}, func(id uint64) {
		if p := c.calls.take(id, nil); p != nil {
			s.cancel(callerGoneError{})
			p.done(nil, ctx.Err())
		}
	}) {
		s.end()
		return notDelivered("%d calls are pending, which is the bound", c.cfg.MaxPending)
	}
	id := local.id
	c.calls.accept(id, n.id)
	s.origin = origin{n.id, id}
	if c.inbound.add(s) != admitted {
		s.end()
		if c.calls.take(id, nil) == nil {
			return nil
		}
		return &RefusedError{Message: fmt.Sprintf("%d calls run here, which is the bound", c.cfg.MaxServing)}
	}
	c.later(func() {
		c.run(running, run, Request{From: c.cfg.Name, Kind: to.kind, Body: body}, func(body []byte, err error) {
			late := err != nil && errors.Is(running.Err(), context.DeadlineExceeded)
			if c.inbound.remove(s) {
				s.end()
			}
			if late {
				return // the caller's own context ends the call, in a moment
			}
			if p := c.calls.take(id, nil); p != nil {
				p.done(body, local2remote(err))
			}
		})
	})
	return nil
}

// local2remote makes an error look as if it had come over the wire.
func local2remote(err error) error {
	if err == nil {
		return nil
	}
	var e isolanev1.Envelope
	refusal(&e, err)
	if e.Kind == isolanev1.Kind_KIND_REFUSED {
		return &RefusedError{Message: e.Error, RetryAfter: time.Duration(e.RetryAfterNanos), Elsewhere: e.Reason == isolanev1.Reason_REASON_NOT_OWNER}
	}
	return &RemoteError{Message: e.Error}
}
