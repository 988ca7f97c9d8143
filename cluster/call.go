package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/cluster/remoting"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// Call runs the handler of kind on a member, which may be this one. It does not block;
// done is called exactly once, on another goroutine, with the reply or one of:
//
//   - ErrNotDelivered, *TooLargeError: it surely never ran.
//   - *RefusedError: the member did not take it on; it never ran.
//   - ErrNoAnswer: it may have run.
//   - ctx's error: it ended first; the handler's context is cancelled.
//   - *RemoteError: the handler replied with an error.
//
// ctx's deadline travels as the time that is left. body must not be changed until done
// is called.
func (c *Cluster) Call(ctx context.Context, member, kind string, body []byte, done func([]byte, error)) {
	c.send(ctx, address{member: member, kind: kind}, body, done)
}

// address is whom a call is for.
type address struct {
	member, kind, identity string
}

// send is the way of every call out of this member.
func (c *Cluster) send(ctx context.Context, to address, body []byte, done func([]byte, error)) {
	if err := c.trySend(ctx, to, body, done); err != nil {
		if errors.Is(err, ErrNotDelivered) {
			c.counts.notDelivered.Add(1)
		}
		c.later(func() { done(nil, err) })
	}
}

// trySend returns an error where done will not be called.
func (c *Cluster) trySend(ctx context.Context, to address, body []byte, done func([]byte, error)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.stopped() {
		return notDelivered("%w", ErrStopped)
	}
	n := c.node.Load()
	if n == nil {
		return notDelivered("this member begins anew under another id")
	}
	v := c.view.Load()
	m, ok := v.peers[to.member]
	if !ok {
		why := v.why[to.member]
		if why == "" {
			why = "no such member"
		}
		return notDelivered("%s: %s", to.member, why)
	}
	if m.Local {
		return c.sendHere(ctx, n, to, body, done)
	}
	settle, err := c.breakers.allow(m.Name, m.Info.SystemID) //nolint:contextcheck // what the breaker logs is nobody's call
	if err != nil {
		c.counts.breakerOpen.Add(1)
		return notDelivered("%s: %w", to.member, err)
	}
	p := &pending{member: m.Name, system: m.Info.SystemID, address: m.Info.Remote, done: done, settle: settle}
	if !c.calls.add(ctx, p, c.cfg.AcceptTimeout, c.expired, func(id uint64) { c.left(ctx, id) }) {
		settle(errNeutral)
		return notDelivered("%d calls are pending, which is the bound", c.cfg.MaxPending)
	}
	envelope := n.envelope(isolanev1.Kind_KIND_REQUEST, p.id, p.system)
	envelope.Name, envelope.Identity, envelope.Body = to.kind, to.identity, body
	if deadline, ok := ctx.Deadline(); ok {
		envelope.RemainingNanos = max(1, int64(time.Until(deadline)))
	}
	id := p.id
	err = n.session.SendIf(actor.NewPID(p.address, frontID), n.front, envelope, p.claim, func(err error) { c.unsent(id, err) })
	if err == nil {
		c.counts.calledOut.Add(1)
		if ctx.Err() != nil { // the cancel may have gone before the request
			c.cancelThere(p)
		}
		return nil
	}
	if c.calls.take(id, nil) == nil {
		return nil // it has ended already, by its context
	}
	if _, ok := errors.AsType[*TooLargeError](err); ok {
		settle(errNeutral)
		return err
	}
	settle(err)
	return notDelivered("%s: %w", to.member, err)
}

// unsent ends a call whose envelope did not go out, or perhaps did not.
func (c *Cluster) unsent(id uint64, err error) {
	p := c.calls.take(id, nil)
	if p == nil {
		return
	}
	c.settle(p, err)
	if errors.Is(err, remoting.ErrUncertain) {
		c.noAnswer(p, err)
		return
	}
	c.counts.notDelivered.Add(1)
	p.done(nil, notDelivered("%s: %w", p.member, err))
}

// expired ends a call that was not accepted in time. When that opens the breaker, those
// beside it that were not accepted either end too: a silent peer costs one timeout.
func (c *Cluster) expired(id uint64) {
	p := c.calls.take(id, func(p *pending) bool { return !p.accepted })
	if p == nil {
		return
	}
	c.settle(p, ErrNoAnswer)
	c.noAnswer(p, errSilent)
	if c.breakers.closed(p.member, p.system) {
		return
	}
	for _, other := range c.calls.takeAll(func(o *pending) bool { return o.system == p.system && !o.accepted }) {
		c.settle(other, ErrNoAnswer)
		c.noAnswer(other, errSilent)
	}
}

var errSilent = errors.New("it did not accept the call in time")

// left ends a call whose caller waits no more, and tells the peer.
func (c *Cluster) left(ctx context.Context, id uint64) {
	p := c.calls.take(id, nil)
	if p == nil {
		return
	}
	c.settle(p, errNeutral)
	if !p.withdraw() {
		c.cancelThere(p)
	}
	p.done(nil, ctx.Err())
}

// cancelThere tells the peer that nobody waits. At worst the call runs to its deadline.
func (c *Cluster) cancelThere(p *pending) {
	if n := c.node.Load(); n != nil {
		cancel := n.envelope(isolanev1.Kind_KIND_CANCEL, p.id, p.system)
		_ = n.session.Send(actor.NewPID(p.address, frontID), n.front, cancel, nil)
	}
}

// lost ends every call that check agrees with: their peer is gone.
func (c *Cluster) lost(why error, check func(*pending) bool) {
	for _, p := range c.calls.takeAll(check) {
		c.settle(p, ErrNoAnswer)
		c.noAnswer(p, why)
	}
}

// noAnswer ends a call whose end is not known; what has not left yet surely never ran.
func (c *Cluster) noAnswer(p *pending, why error) {
	if p.withdraw() {
		c.counts.notDelivered.Add(1)
		p.done(nil, notDelivered("%s: no connection yet: %w", p.member, why))
		return
	}
	c.counts.noAnswer.Add(1)
	p.done(nil, errors.Join(ErrNoAnswer, why))
}

// settle tells the breaker how a call went that was not accepted; of one that was, it
// has been told.
func (c *Cluster) settle(p *pending, err error) {
	if !p.accepted {
		p.settle(err)
	}
}
