package bridge

import (
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/receipt"
)

// envelope is a message for a reply whose only header is its receipt, as most have it. The
// connection keeps nothing of a message that it was given, so that one serves again and
// again: to make it costs more than to send it.
type envelope struct {
	msg nats.Msg
	// receipt is the value of msg's one header.
	receipt [1]string
}

// envelopes are those that nobody uses now. Safe for concurrent use; the zero value is ready.
type envelopes struct{ pool sync.Pool }

// publish has conn send r to a subject.
func (e *envelopes) publish(conn *nats.Conn, to string, r *reply) error {
	env, ok := e.pool.Get().(*envelope)
	if !ok {
		env = &envelope{}
		env.msg.Header = nats.Header{receipt.Header: env.receipt[:]}
	}
	env.msg.Subject, env.msg.Data, env.receipt[0] = to, r.body, r.receipt
	err := conn.PublishMsg(&env.msg)
	env.msg.Subject, env.msg.Data, env.receipt[0] = "", nil, ""
	e.pool.Put(env)
	return err //nolint:wrapcheck // publish says what it was about
}
