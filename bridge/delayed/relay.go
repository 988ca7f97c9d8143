package delayed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/jsruntime/function"
)

// Relay publishes what is due. It is the Dispatcher of the trigger Config.Trigger.
type Relay struct {
	conn *nats.Conn
	js   jetstream.JetStream
	cfg  Config

	ctx    context.Context //nolint:containedctx // the life of what is being published
	cancel context.CancelFunc
	wg     sync.WaitGroup
	// publishing is how many are.
	publishing atomic.Int64
}

// NewRelay returns one on conn, which stays the caller's.
func NewRelay(conn *nats.Conn, cfg Config) (*Relay, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	r := &Relay{conn: conn, js: js, cfg: cfg}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	return r, nil
}

// Close gives up what is being published, and waits for that. Nothing may be submitted
// meanwhile or after. Idempotent.
func (r *Relay) Close() {
	r.cancel()
	r.wg.Wait()
}

// Room is how many more messages it can publish at a time.
func (r *Relay) Room() int { return max(0, r.cfg.MaxPublishing-int(r.publishing.Load())) }

// Submit publishes the message that inv is about, and calls done with what came of it.
func (r *Relay) Submit(inv *function.Invocation, done func(*function.Result)) {
	r.publishing.Add(1)
	r.wg.Go(func() {
		res := r.publish(inv)
		r.publishing.Add(-1)
		done(res)
	})
}

// SubmitHere is Submit.
func (r *Relay) SubmitHere(inv *function.Invocation, done func(*function.Result)) {
	r.Submit(inv, done)
}

func (r *Relay) publish(inv *function.Invocation) *function.Result {
	msg := due(inv)
	if msg.Subject == "" {
		return function.Failure(function.BadRequest, "a message that is due does not say what subject it is for: who put it there? only ctx.nats.publish should")
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.cfg.Patience)
	defer cancel()
	if err := r.send(ctx, msg); err != nil {
		return failure(msg.Subject, err)
	}
	return &function.Result{Outcome: function.OK}
}

// send publishes msg, and returns when a stream has it, or else the server. Asking first is
// for those who listen without a stream: they would answer what is no request.
func (r *Relay) send(ctx context.Context, msg *nats.Msg) error {
	_, err := r.js.StreamNameBySubject(ctx, msg.Subject)
	switch {
	case err == nil:
		_, err = r.js.PublishMsg(ctx, msg)
		return err
	case !errors.Is(err, jetstream.ErrStreamNotFound):
		return err
	}
	if err := r.conn.PublishMsg(msg); err != nil {
		return err
	}
	return r.conn.FlushWithContext(ctx)
}

// due is the message as it is published: without what the server and we have added.
func due(inv *function.Invocation) *nats.Msg {
	msg := &nats.Msg{Subject: inv.Header.Get(headerSubject), Header: nats.Header{}, Data: inv.Payload}
	for name, values := range inv.Header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "nats-") || strings.HasPrefix(lower, "isolane-delayed-") {
			continue
		}
		msg.Header[name] = values
	}
	if id := inv.Header.Get(headerID); id != "" {
		msg.Header[jetstream.MsgIDHeader] = []string{id}
	}
	return msg
}

// failure says what is to become of a message that could not be published.
func failure(subject string, err error) *function.Result {
	text := fmt.Sprintf("a delayed message cannot be published to %s: %v", subject, err)
	var api jetstream.JetStreamError
	switch {
	case errors.Is(err, nats.ErrMaxPayload), errors.Is(err, jetstream.ErrMaxBytesExceeded), errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum):
		return function.Failure(function.TooLarge, text)
	case errors.Is(err, nats.ErrBadSubject):
		return function.Failure(function.BadRequest, text)
	case errors.As(err, &api) && api.APIError() != nil && api.APIError().Code == 503:
		res := function.Failure(function.Overloaded, text) // no room, or no leader
		res.RetryAfter = time.Second
		return res
	case errors.As(err, &api) && api.APIError() != nil:
		return function.Failure(function.Exception, text)
	}
	return function.Failure(function.Crashed, text) // the server is away: another try does not count
}
