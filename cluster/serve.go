package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// Request is a call as its handler sees it.
type Request struct {
	From string // the calling member
	Kind string
	Body []byte // the handler's
}

// Handler runs a call. It must not block: it begins what takes time elsewhere. reply is
// to be called once, from any goroutine; a *RefusedError says that nothing was run. ctx
// ends at the caller's deadline, when the caller waits no more or dies, when this member
// begins anew and at Stop, and once reply has been called.
type Handler func(ctx context.Context, req Request, reply func(body []byte, err error))

// Handle sets the handler of a kind; nil removes it. Those that must be there from the
// first moment are given as Deps.Handlers.
func (c *Cluster) Handle(kind string, h Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if h == nil {
		delete(c.handlers, kind)
		return
	}
	c.handlers[kind] = h
}

func (c *Cluster) handler(kind string) Handler {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.handlers[kind]
}

// receive is what the front actor does with an envelope.
func (c *Cluster) receive(n *node, e *isolanev1.Envelope, sender *actor.PID) {
	if e.GetToSystem() != n.id || e.GetVersion() != uint32(Wire) {
		c.misdirected(n, e, sender)
		return
	}
	switch e.GetKind() {
	case isolanev1.Kind_KIND_REQUEST:
		c.onRequest(n, e, sender)
	case isolanev1.Kind_KIND_ACCEPTED:
		c.onAccepted(e)
	case isolanev1.Kind_KIND_REPLY, isolanev1.Kind_KIND_REFUSED, isolanev1.Kind_KIND_FAILED:
		c.onEnd(e)
	case isolanev1.Kind_KIND_CANCEL:
		c.inbound.cancelOne(origin{e.GetFromSystem(), e.GetId()})
	case isolanev1.Kind_KIND_UNSPECIFIED:
		c.refuse(n, e, sender, isolanev1.Reason_REASON_VERSION, "no kind")
	default:
		c.refuse(n, e, sender, isolanev1.Reason_REASON_VERSION, "a kind this version does not know")
	}
}

// misdirected answers what is meant for another system, or speaks another version.
// Answers are dropped, so that two members cannot refuse each other for ever.
func (c *Cluster) misdirected(n *node, e *isolanev1.Envelope, sender *actor.PID) {
	switch e.GetKind() {
	case isolanev1.Kind_KIND_ACCEPTED, isolanev1.Kind_KIND_REPLY, isolanev1.Kind_KIND_REFUSED, isolanev1.Kind_KIND_FAILED:
		c.counts.late.Add(1)
		return
	case isolanev1.Kind_KIND_CANCEL:
		return
	case isolanev1.Kind_KIND_REQUEST, isolanev1.Kind_KIND_UNSPECIFIED:
	}
	if e.GetVersion() != uint32(Wire) {
		c.refuse(n, e, sender, isolanev1.Reason_REASON_VERSION, fmt.Sprintf("version %d of the wire is spoken here", Wire))
		return
	}
	c.refuse(n, e, sender, isolanev1.Reason_REASON_WRONG_SYSTEM, "the actor system that is meant is gone")
}

// onRequest accepts a call, or refuses it.
func (c *Cluster) onRequest(n *node, e *isolanev1.Envelope, sender *actor.PID) {
	if sender == nil {
		c.counts.refusedHere.Add(1)
		return // there is nobody to answer
	}
	if c.frozen() {
		c.refuse(n, e, sender, isolanev1.Reason_REASON_LEAVING, "this member stood still and begins anew")
		return
	}
	if !n.open.Load() {
		c.refuse(n, e, sender, isolanev1.Reason_REASON_LEAVING, "this member takes no calls now")
		return
	}
	run, reason, text := c.runner(e)
	if run == nil {
		c.refuse(n, e, sender, reason, text)
		return
	}
	ctx, cancel := context.WithCancelCause(n.ctx)
	s := &serving{origin: origin{e.GetFromSystem(), e.GetId()}, node: n, answer: sender, cancel: cancel, stop: func() {}}
	if left := e.GetRemainingNanos(); left > 0 {
		ctx, s.stop = context.WithTimeout(ctx, time.Duration(left))
	}
	switch c.inbound.add(s) {
	case admitted:
	case duplicate:
		s.end()
		c.counts.duplicate.Add(1)
		return
	case full:
		s.end()
		c.refuse(n, e, sender, isolanev1.Reason_REASON_OVERLOADED, fmt.Sprintf("%d calls run here, which is the bound", c.cfg.MaxServing))
		return
	}
	c.counts.calledIn.Add(1)
	c.inbound.notice(s, c.noticeAfter(), func() {
		c.answer(n, sender, n.envelope(isolanev1.Kind_KIND_ACCEPTED, s.id, s.system))
	})
	c.run(ctx, run, Request{From: e.GetFrom(), Kind: e.GetName(), Body: e.GetBody()}, func(body []byte, err error) { c.reply(ctx, s, body, err) })
}

// runner finds what a request is for.
func (c *Cluster) runner(e *isolanev1.Envelope) (Handler, isolanev1.Reason, string) {
	if e.GetIdentity() != "" {
		return c.grains.handler(e.GetName(), e.GetIdentity())
	}
	if h := c.handler(e.GetName()); h != nil {
		return h, 0, ""
	}
	return nil, isolanev1.Reason_REASON_NOT_FOUND, fmt.Sprintf("no handler for %q", e.GetName())
}

// run calls the handler and makes the reply come once, also where it panics.
func (c *Cluster) run(ctx context.Context, h Handler, req Request, reply func([]byte, error)) {
	var replied atomic.Bool
	once := func(body []byte, err error) {
		if replied.CompareAndSwap(false, true) {
			reply(body, err)
		}
	}
	defer func() {
		if p := recover(); p != nil {
			c.log.LogAttrs(ctx, slog.LevelError, "a handler panicked", slog.String("kind", req.Kind),
				slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			once(nil, &RemoteError{Message: fmt.Sprintf("the handler of %q panicked", req.Kind)})
		}
	}()
	h(ctx, req, once)
}

// reply answers a call, unless nobody waits for it.
func (c *Cluster) reply(ctx context.Context, s *serving, body []byte, err error) {
	if !c.inbound.remove(s) {
		return
	}
	defer s.end()
	if errors.Is(context.Cause(ctx), callerGoneError{}) {
		return
	}
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return // the caller's own clock ends the call; this one is perhaps ahead
	}
	e := s.node.envelope(isolanev1.Kind_KIND_REPLY, s.id, s.system)
	e.Body = body
	if err != nil {
		e.Body = nil
		refusal(e, err)
	}
	c.answer(s.node, s.answer, e)
}

// noticeAfter is how long a call runs before its caller is told that it has arrived: a
// reply says that too, and one message less is a fifth of what a short call costs.
func (c *Cluster) noticeAfter() time.Duration { return min(5*time.Millisecond, c.cfg.AcceptTimeout/4) }

// end frees what a served call holds.
func (s *serving) end() {
	s.stop()
	s.cancel(context.Canceled)
}

func (c *Cluster) refuse(n *node, e *isolanev1.Envelope, sender *actor.PID, reason isolanev1.Reason, text string) {
	c.counts.refusedHere.Add(1)
	if sender == nil {
		return
	}
	answer := n.envelope(isolanev1.Kind_KIND_REFUSED, e.GetId(), e.GetFromSystem())
	answer.Reason, answer.Error = reason, text
	c.answer(n, sender, answer)
}

// answer sends a step back. A reply that is too large becomes an error; what cannot be
// sent is the caller's timeout, or its notice that this member is gone.
func (c *Cluster) answer(n *node, to *actor.PID, e *isolanev1.Envelope) {
	err := n.session.Send(to, nil, e, nil)
	if large, ok := errors.AsType[*TooLargeError](err); ok {
		failed := n.envelope(isolanev1.Kind_KIND_FAILED, e.GetId(), e.GetToSystem())
		failed.Error = fmt.Sprintf("the reply has %d bytes, over the limit of %d", large.Size, large.Limit)
		err = n.session.Send(to, nil, failed, nil)
	}
	if err != nil {
		c.log.LogAttrs(n.ctx, slog.LevelDebug, "an answer could not be sent", slog.String("to", to.GetAddress()), slog.Any("error", err))
	}
}
