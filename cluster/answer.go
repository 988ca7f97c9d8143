package cluster

import (
	"errors"
	"time"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// onAccepted: the peer has the request.
func (c *Cluster) onAccepted(e *isolanev1.Envelope) {
	first, ok := c.calls.accept(e.GetId(), e.GetFromSystem())
	if !ok {
		c.counts.late.Add(1)
		return
	}
	if first != nil {
		first.settle(nil) // whoever ends it from here on leaves the breaker alone
	}
}

// onEnd: the call is over, one way or another.
func (c *Cluster) onEnd(e *isolanev1.Envelope) {
	p := c.calls.take(e.GetId(), func(p *pending) bool { return p.system == e.GetFromSystem() })
	if p == nil {
		c.counts.late.Add(1)
		return
	}
	c.settle(p, nil)
	body, err := c.outcome(e)
	p.done(body, err)
}

// outcome reads how a call went from its last envelope.
func (c *Cluster) outcome(e *isolanev1.Envelope) ([]byte, error) {
	switch e.GetKind() {
	case isolanev1.Kind_KIND_REPLY:
		return e.GetBody(), nil
	case isolanev1.Kind_KIND_FAILED:
		return nil, &RemoteError{Message: e.GetError()}
	case isolanev1.Kind_KIND_REFUSED:
		switch e.GetReason() {
		case isolanev1.Reason_REASON_WRONG_SYSTEM, isolanev1.Reason_REASON_VERSION:
			c.counts.notDelivered.Add(1)
			return nil, notDelivered("%s: %s", e.GetFrom(), e.GetError())
		case isolanev1.Reason_REASON_UNSPECIFIED, isolanev1.Reason_REASON_NOT_FOUND, isolanev1.Reason_REASON_NOT_OWNER,
			isolanev1.Reason_REASON_OVERLOADED, isolanev1.Reason_REASON_LEAVING:
		}
		c.counts.refused.Add(1)
		return nil, &RefusedError{
			Message: e.GetError(), RetryAfter: time.Duration(e.GetRetryAfterNanos()),
			Elsewhere: e.GetReason() == isolanev1.Reason_REASON_NOT_OWNER || e.GetReason() == isolanev1.Reason_REASON_LEAVING,
		}
	case isolanev1.Kind_KIND_UNSPECIFIED, isolanev1.Kind_KIND_REQUEST, isolanev1.Kind_KIND_ACCEPTED, isolanev1.Kind_KIND_CANCEL:
	}
	return nil, errors.New("cluster: not an end of a call")
}

// refusal fills in an envelope for an error that a handler, or this member, replied with.
func refusal(e *isolanev1.Envelope, err error) {
	var refused *RefusedError
	var remote *RemoteError
	switch {
	case errors.As(err, &refused):
		e.Kind, e.Error, e.RetryAfterNanos = isolanev1.Kind_KIND_REFUSED, refused.Message, int64(refused.RetryAfter)
		if refused.Elsewhere {
			e.Reason = isolanev1.Reason_REASON_NOT_OWNER
		}
	case errors.As(err, &remote):
		e.Kind, e.Error = isolanev1.Kind_KIND_FAILED, remote.Message
	default:
		e.Kind, e.Error = isolanev1.Kind_KIND_FAILED, err.Error()
	}
}
