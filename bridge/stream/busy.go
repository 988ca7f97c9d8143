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
//
// It never says no while one of those is so, as long as the server knows of it: the stream is
// asked too, since a consumer hears of what is stored a little later. It says yes until the
// server has the ack, which is on its way when a run has ended.
func (t *Triggers) Busy(ctx context.Context, function, kind string) (bool, error) {
	t.mu.Lock()
	c := t.running[Trigger{Function: function, Kind: kind}.key()]
	t.mu.Unlock()
	if c == nil {
		return false, nil
	}
	newest, err := c.newest(ctx)
	if err == nil {
		var info jetstream.ConsumerInfo
		if info, err = c.progress(ctx); err == nil {
			return busy(info, newest), nil
		}
	}
	return false, fmt.Errorf("stream: is %s busy: %w", function, err)
}

// busy reports whether anything up to the message newest is not settled, of which the consumer
// may not have heard. newest was asked for before info.
func busy(info jetstream.ConsumerInfo, newest uint64) bool {
	return info.NumAckPending > 0 || info.NumPending > 0 || info.Delivered.Stream < newest
}

// newest returns the place of the newest message that the trigger is for, 0 where there is none.
func (c *consumer) newest(ctx context.Context) (uint64, error) {
	stream, err := c.t.js.Stream(ctx, c.trigger.Stream.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	filter := c.trigger.Stream.Subject.Filter()
	if filter == "" {
		return stream.CachedInfo().State.LastSeq, nil
	}
	msg, err := stream.GetLastMsgForSubject(ctx, filter)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return 0, nil
	case err != nil:
		return 0, err
	}
	return msg.Sequence, nil
}

// progress is how far the server has come with the trigger's consumer; nowhere where there is
// none yet.
func (c *consumer) progress(ctx context.Context) (jetstream.ConsumerInfo, error) {
	consumer, err := c.t.js.Consumer(ctx, c.trigger.Stream.Name, c.trigger.durable(c.t.cfg.Queue))
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrStreamNotFound):
		return jetstream.ConsumerInfo{}, nil
	case err != nil:
		return jetstream.ConsumerInfo{}, err
	}
	return *consumer.CachedInfo(), nil
}
