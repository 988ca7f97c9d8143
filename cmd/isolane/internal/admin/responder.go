package admin

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
)

// all is the subject that every node answers.
//
//	"isolane.functions"
func all() string { return "isolane.functions" }

// one is the subject that the node of this name answers.
//
//	"isolane.node." <node> ".functions"
func one(node string) string { return "isolane.node." + node + ".functions" }

// Responder answers for one node.
type Responder struct {
	subs []*nats.Subscription
}

// Answer begins to answer for node with what report returns, which is called from
// other goroutines. It does not wait until the server knows of it: flush conn for
// that. conn stays the caller's.
func Answer(conn *nats.Conn, node string, report func() Report) (*Responder, error) {
	r := &Responder{}
	for _, subject := range []string{all(), one(node)} {
		sub, err := conn.Subscribe(subject, func(msg *nats.Msg) { answer(msg, report) })
		if err != nil {
			return nil, errors.Join(fmt.Errorf("admin: subscribe to %s: %w", subject, err), r.Close())
		}
		r.subs = append(r.subs, sub)
	}
	return r, nil
}

// answer ignores what cannot be answered: who asked will see that nobody did.
func answer(msg *nats.Msg, report func() Report) {
	if msg.Reply == "" {
		return
	}
	body, err := json.Marshal(report())
	if err != nil {
		return // plain data: cannot be
	}
	_ = msg.Respond(body)
}

// Close ends the answers. It is idempotent.
func (r *Responder) Close() error {
	var errs []error
	for _, sub := range r.subs {
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrBadSubscription) && !errors.Is(err, nats.ErrConnectionClosed) {
			errs = append(errs, fmt.Errorf("admin: unsubscribe from %s: %w", sub.Subject, err))
		}
	}
	return errors.Join(errs...)
}
