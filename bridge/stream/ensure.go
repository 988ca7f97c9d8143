package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ensure finds the trigger's consumer, makes it where there is none, and changes it
// where the manifest has changed.
func (c *consumer) ensure(ctx context.Context) error {
	if c.trigger.Keyed {
		c.mu.Lock()
		k := c.order.keyed
		c.mu.Unlock()
		return k.ensureEpoch(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, c.t.cfg.Patience)
	defer cancel()
	js, name := c.t.js, c.trigger.Stream.Name
	if prepare := c.t.deps.Prepare; prepare != nil {
		if err := prepare(ctx, name); err != nil {
			return explain(err, name)
		}
	}
	want := c.trigger.consumer(c.t.cfg.Queue)
	s, err := js.Stream(ctx, name)
	if err != nil {
		return explain(err, name)
	}
	have, err := s.Consumer(ctx, want.Durable)
	switch {
	case errors.Is(err, jetstream.ErrConsumerNotFound):
		if _, err = s.CreateConsumer(ctx, want); errors.Is(err, jetstream.ErrConsumerExists) {
			return c.ensureExisting(ctx, s, want) // another member was faster
		}
		if err == nil {
			c.log.Info("consumer made", slog.String("consumer", want.Durable), slog.String("filter", want.FilterSubject))
		}
		return explain(err, name)
	case err != nil:
		return explain(err, name)
	}
	return c.adopt(ctx, s, have.CachedInfo().Config, want)
}

func (c *consumer) ensureExisting(ctx context.Context, s jetstream.Stream, want jetstream.ConsumerConfig) error {
	have, err := s.Consumer(ctx, want.Durable)
	if err != nil {
		return explain(err, c.trigger.Stream.Name)
	}
	return c.adopt(ctx, s, have.CachedInfo().Config, want)
}

// adopt brings a consumer up to date that is there.
func (c *consumer) adopt(ctx context.Context, s jetstream.Stream, have, want jetstream.ConsumerConfig) error {
	if current(have, want) {
		return nil
	}
	// Where it began cannot be changed, and is no more of interest.
	want.DeliverPolicy, want.OptStartSeq, want.OptStartTime = have.DeliverPolicy, have.OptStartSeq, have.OptStartTime
	want.Replicas, want.MaxWaiting = have.Replicas, have.MaxWaiting
	if _, err := s.UpdateConsumer(ctx, want); err != nil {
		return explain(err, c.trigger.Stream.Name)
	}
	c.log.Info("consumer changed as the manifest says", slog.String("consumer", want.Durable), slog.String("filter", want.FilterSubject))
	return nil
}

// explain says what to do about an error of JetStream's API.
func explain(err error, name string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("%w: %s: make it (nats stream add %s), or change stream.name", ErrNoStream, name, name)
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount),
		errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("%w: start it with -js, or allow the account to use JetStream; a server that has just started may need a moment (%w)", ErrNoJetStream, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("stream: no answer about %s: is the server there, has the stream a leader, and may this user publish to $JS.API.> and subscribe to its inbox? (%w)", name, err)
	default:
		return fmt.Errorf("stream: the consumer on %s: %w", name, err)
	}
}
