package call

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// DefaultTimeout is how long a reply is waited for where the request says
	// nothing: over the default wall limit, so that the node speaks first.
	DefaultTimeout = 35 * time.Second
	// margin is what a reply may be late after the timeout that the node was told.
	margin = time.Second
)

var (
	// ErrNoNode says that nobody is subscribed to the subject.
	ErrNoNode = errors.New("no node listens")
	// ErrRefused says that the server does not let this user use the subject.
	ErrRefused = errors.New("the NATS server refuses the subject")
	// ErrInvalid says that the request cannot be sent as it is; nothing was sent.
	ErrInvalid = errors.New("invalid request")
)

// Request is one call of a function.
type Request struct {
	// Prefix stands before the function's name; subject.DefaultPrefix as a rule.
	Prefix string
	// Function is the name, and Rest what follows it in the subject, or "".
	Function, Rest string
	Payload        []byte
	Header         nats.Header
	// Timeout is how long the caller waits; the node is told. Zero means
	// DefaultTimeout, and that the node is told nothing.
	Timeout time.Duration
}

// message builds the NATS message. The error wraps ErrInvalid.
func (r Request) message() (*nats.Msg, error) {
	if err := function.ValidateName(r.Function); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	name := subject.Function(r.Prefix, r.Function)
	if r.Rest != "" {
		name += "." + r.Rest
	}
	if _, _, err := subject.Parse(r.Prefix, name); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	msg := &nats.Msg{Subject: name, Data: r.Payload, Header: nats.Header{}}
	for key, values := range r.Header {
		if key == "" || strings.ContainsAny(key, ": \t\r\n") {
			return nil, fmt.Errorf("%w: header %q: a name has no space, colon or line break", ErrInvalid, key)
		}
		msg.Header[key] = values
	}
	if r.Timeout > 0 && msg.Header.Get(bridge.HeaderTimeout) == "" {
		msg.Header[bridge.HeaderTimeout] = []string{r.Timeout.String()}
	}
	if len(msg.Header) == 0 {
		msg.Header = nil
	}
	return msg, nil
}

// wait is how long the reply is waited for here.
func (r Request) wait() time.Duration {
	if r.Timeout > 0 {
		return r.Timeout + margin
	}
	return DefaultTimeout
}

// Do sends the request and waits for the reply, or for ctx. A reply that does not
// come in time is a Reply with the outcome timeout, and a payload that the server
// does not take one with bad-request. The error wraps ErrInvalid, ErrNoNode,
// ErrRefused, or ctx's cause.
func Do(ctx context.Context, conn *nats.Conn, req Request) (*Reply, error) {
	msg, err := req.message()
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, req.wait())
	defer cancel()
	began := time.Now()
	answer, err := conn.RequestMsgWithContext(waiting, msg)
	total := time.Since(began)
	switch {
	case err == nil:
		reply := parse(answer)
		reply.Total = total
		return reply, nil
	case errors.Is(err, nats.ErrNoResponders):
		return nil, fmt.Errorf("%w to %s", ErrNoNode, msg.Subject)
	case errors.Is(err, nats.ErrMaxPayload):
		return failure(function.BadRequest, total, "the message is over the server's max payload of %d bytes", conn.MaxPayload()), nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(conn.LastError(), nats.ErrPermissionViolation):
		return nil, fmt.Errorf("%w %s: %w", ErrRefused, msg.Subject, conn.LastError())
	case errors.Is(err, context.DeadlineExceeded):
		return failure(function.Timeout, total, "no reply within %s", req.wait()), nil
	default:
		return nil, fmt.Errorf("call %s: %w", msg.Subject, err)
	}
}

func failure(o function.Outcome, total time.Duration, format string, args ...any) *Reply {
	return &Reply{Outcome: o, Message: fmt.Sprintf(format, args...), Total: total}
}
