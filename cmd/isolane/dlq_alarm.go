package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/hostnats"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// letterbox is the box of dead letters, and the way to the nodes for what is not done by a
// message. Not safe for concurrent use.
type letterbox struct {
	*deadletter.Box
	conn  *nats.Conn
	queue string

	host *hostnats.Host // nil until it is needed
}

// close ends what was begun; the connection stays the caller's.
func (b *letterbox) close() {
	if b.host != nil {
		_ = b.host.Close() // it has no error to tell of
	}
}

// rearm has the alarm of a key set again that l is the dead letter of, and takes l out when that
// is committed. The node that has the key does it, in a turn of the key: so it is behind the same
// fence as all that the function does. Done twice for one letter it counts once, as long as the
// key remembers the call.
func (b *letterbox) rearm(ctx context.Context, l *deadletter.Letter, key string) error {
	if b.host == nil {
		cfg := hostnats.DefaultConfig()
		cfg.Queue, cfg.MaxPendingBytes = b.queue, max(cfg.MaxPendingBytes, b.conn.MaxPayload())
		host, err := hostnats.New(b.conn, cfg)
		if err != nil {
			return err
		}
		b.host = host
	}
	id := fmt.Sprintf("redrive.%d.%d", l.Number, l.Filed.UnixNano())
	answer, err := b.host.Call(ctx, hostcap.Caller{Function: "isolane", Invocation: id},
		hostcap.Call{Function: l.Function, Key: key, Method: call.SetAlarm, ID: id})
	known, ok := errors.AsType[*hostcap.Error](err)
	switch {
	case ok && known.Kind == hostcap.Applied: // by an earlier redrive, which died before it took l out
	case err != nil:
		return fmt.Errorf("set the alarm of %s again: %w", bridge.Identity(l.Function, key), err)
	case answer.Outcome != function.OK:
		return fmt.Errorf("set the alarm of %s again: %s", bridge.Identity(l.Function, key), answer.Message)
	}
	return b.Sent(ctx, l)
}
