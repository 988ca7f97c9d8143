package hostnats

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/delayed"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// Publish implements hostcap.Messenger. It returns when the server has answered a round
// trip that followed the message, so that the message is with it; whether anybody
// listens is not known.
func (h *Host) Publish(ctx context.Context, from hostcap.Caller, m hostcap.Message) (err error) {
	defer func() { h.failures.note(m.Subject, err) }()
	const op = "nats.publish"
	msg, err := h.message(op, from, m, function.SentPublish, from.Publish)
	if err != nil {
		return err
	}
	leave, err := h.enter(op, len(m.Data))
	if err != nil {
		return err
	}
	defer leave()
	// Handed to the connection whatever became of ctx: that takes no wait for the server.
	if err := h.conn.PublishMsg(msg); err != nil {
		return h.explain(op, err)
	}
	if err := h.confirm.wait(ctx, m.Subject); err != nil {
		if ctx.Err() != nil {
			return hostcap.Errorf(hostcap.Aborted, "%s was given up; the message is sent all the same", op)
		}
		return h.explain(op, err)
	}
	return nil
}

// PublishAcked implements hostcap.Messenger.
func (h *Host) PublishAcked(ctx context.Context, from hostcap.Caller, m hostcap.Message) (_ hostcap.Ack, err error) {
	defer func() { h.failures.note(m.Subject, err) }()
	const op = "nats.publish"
	msg, err := h.message(op, from, m, function.SentPublish, from.Publish)
	if err != nil {
		return hostcap.Ack{}, err
	}
	return begun(ctx, h, op, len(m.Data), func(ctx context.Context) (hostcap.Ack, error) {
		ack, err := h.put(ctx, msg, m.Later)
		if err != nil {
			return hostcap.Ack{}, err
		}
		return hostcap.Ack{Stream: ack.Stream, Sequence: ack.Sequence, Duplicate: ack.Duplicate}, nil
	})
}

// put has a stream take msg: that of its subject, or the one where it waits.
func (h *Host) put(ctx context.Context, msg *nats.Msg, later *hostcap.Later) (*jetstream.PubAck, error) {
	if later == nil {
		return h.js.PublishMsg(ctx, msg)
	}
	ack, err := h.later.Put(ctx, msg, delayed.When(*later))
	if err == nil && !ack.Duplicate {
		h.failures.filed.Add(1)
	}
	return ack, err
}

// Request implements hostcap.Messenger. The receiver is told how long we wait.
func (h *Host) Request(ctx context.Context, from hostcap.Caller, m hostcap.Message, wait time.Duration) (_ hostcap.Reply, err error) {
	defer func() { h.failures.note(m.Subject, err) }()
	const op = "nats.request"
	msg, err := h.message(op, from, m, function.SentRequest, from.Request)
	if err != nil {
		return hostcap.Reply{}, err
	}
	timeoutHeader(msg.Header, from.Deadline, wait)
	leave, err := h.enter(op, len(m.Data))
	if err != nil {
		return hostcap.Reply{}, err
	}
	defer leave()
	waiting, cancel := ctx, func() {}
	if wait > 0 {
		waiting, cancel = context.WithTimeout(ctx, wait)
	}
	defer cancel()
	reply, err := h.conn.RequestMsgWithContext(waiting, msg)
	switch {
	case err == nil:
		return hostcap.Reply{Subject: m.Subject, Header: headerOf(reply.Header), Data: reply.Data}, nil
	case ctx.Err() != nil:
		return hostcap.Reply{}, hostcap.Errorf(hostcap.Aborted, "%s was aborted", op)
	case errors.Is(err, context.DeadlineExceeded):
		return hostcap.Reply{}, hostcap.Errorf(hostcap.Timeout, "%s: no answer from %s within %s", op, m.Subject, wait)
	case errors.Is(err, nats.ErrNoResponders):
		return hostcap.Reply{}, hostcap.Errorf(hostcap.NoResponders, "%s: nobody listens on %s", op, m.Subject)
	default:
		return hostcap.Reply{}, h.explain(op, err)
	}
}
