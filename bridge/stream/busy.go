package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Busy reports whether a message of the trigger of that function and kind runs, waits for
// another delivery, or waits to be run, on any member. It asks the server. A trigger that is
// not set is not busy.
func (t *Triggers) Busy(ctx context.Context, function, kind string) (bool, error) {
	t.mu.Lock()
	c := t.running[Trigger{Function: function, Kind: kind}.key()]
	t.mu.Unlock()
	if c == nil {
		return false, nil
	}
	consumer, err := t.js.Consumer(ctx, c.trigger.Stream.Name, c.trigger.durable(t.cfg.Queue))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrStreamNotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("stream: is %s busy: %w", function, err)
	}
	info := consumer.CachedInfo()
	return info.NumAckPending > 0 || info.NumPending > 0, nil
}
