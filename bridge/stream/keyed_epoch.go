package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// epochMark stands between the name of a keyed function's consumers and the epoch.
const epochMark = "_e"

// epochOf reads the epoch of a consumer whose name begins with base.
func epochOf(base, name string) (epoch uint64, ok bool) {
	text, ok := strings.CutPrefix(name, base+epochMark)
	if !ok {
		return 0, false
	}
	epoch, err := strconv.ParseUint(text, 10, 64)
	return epoch, err == nil
}

// begun is what the consumers of earlier epochs leave to the next one.
type begun struct {
	names []string
	// after is the last message of which all up to it are settled.
	after uint64
	// newest is the latest epoch.
	newest uint64
	// given is the last message that any of them was given.
	given uint64
}

// metaGiven is of a consumer's metadata: the last message that an epoch before it was given.
const metaGiven = "isolane.given"

// found takes one of them in.
func (b *begun) found(base string, info *jetstream.ConsumerInfo) {
	epoch, ok := epochOf(base, info.Name)
	if !ok {
		return
	}
	b.names = append(b.names, info.Name)
	b.newest = max(b.newest, epoch)
	b.after = max(b.after, info.AckFloor.Stream)
	if start := info.Config.OptStartSeq; start > 0 {
		b.after = max(b.after, start-1)
	}
	b.given = max(b.given, info.Delivered.Stream)
	if before, err := strconv.ParseUint(info.Config.Metadata[metaGiven], 10, 64); err == nil {
		b.given = max(b.given, before)
	}
}

// ensureEpoch makes the consumer of this member's epoch, where the last one ended, and takes
// those of earlier epochs away: whoever holds one of those gets nothing more, and what it was
// given and has not settled is delivered here, in the order of the stream.
func (k *keyed) ensureEpoch(ctx context.Context) error {
	c := k.c
	ctx, cancel := context.WithTimeout(ctx, 4*c.t.cfg.Patience)
	defer cancel()
	name, base := c.trigger.Stream.Name, c.trigger.durable(c.t.cfg.Queue)
	if prepare := c.t.deps.Prepare; prepare != nil {
		if err := prepare(ctx, name); err != nil {
			return explain(err, name)
		}
	}
	s, err := c.t.js.Stream(ctx, name)
	if err != nil {
		return explain(err, name)
	}
	info := s.CachedInfo()
	k.stream = name + "@" + strconv.FormatInt(info.Created.UnixNano(), 36)
	if _, err = c.runner.open(ctx, info.Config.Replicas); err != nil {
		return err
	}
	var before begun
	all := s.ListConsumers(ctx)
	for one := range all.Info() {
		before.found(base, one)
	}
	if err := all.Err(); err != nil {
		return explain(err, name)
	}
	if before.newest >= k.epoch {
		return fmt.Errorf("%w: epoch %d of %s has begun, and this one is %d", errFenced, before.newest, base, k.epoch)
	}
	if err := k.begin(ctx, s, before); err != nil {
		return explain(err, name)
	}
	// What is stored from here on no earlier epoch can have been given.
	if info, err = s.Info(ctx); err != nil {
		return explain(err, name)
	}
	k.contested = info.State.LastSeq
	if err := k.takeCalls(); err != nil {
		return err
	}
	k.alarms.begin()
	c.log.Info("this member has the keys of the function", slog.Uint64("epoch", k.epoch), slog.Uint64("after", before.after))
	return nil
}

// begin makes the epoch's consumer and deletes the others. A work queue takes no two for
// one subject, and has nothing that is settled; every other stream has one throughout, so
// that nobody who looks in between finds none.
func (k *keyed) begin(ctx context.Context, s jetstream.Stream, before begun) error {
	want := k.c.trigger.consumer(k.c.t.cfg.Queue)
	want.Durable += epochMark + strconv.FormatUint(k.epoch, 10)
	want.Metadata[metaGiven] = strconv.FormatUint(before.given, 10)
	k.given = before.given
	queue := s.CachedInfo().Config.Retention == jetstream.WorkQueuePolicy
	if len(before.names) > 0 {
		want.DeliverPolicy = jetstream.DeliverAllPolicy
		if !queue {
			want.DeliverPolicy, want.OptStartSeq = jetstream.DeliverByStartSequencePolicy, before.after+1
		}
	}
	drop := func() error {
		for _, name := range before.names {
			if err := s.DeleteConsumer(ctx, name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
				return err
			}
		}
		return nil
	}
	if queue {
		if err := drop(); err != nil {
			return err
		}
	}
	if _, err := s.CreateConsumer(ctx, want); err != nil {
		return err
	}
	k.consumer = want.Durable
	k.c.serveFrom(want.Durable)
	if !queue {
		return drop()
	}
	return nil
}

// serveKeyed serves the trigger under one epoch. Whatever keeps it from going on ends the
// epoch: another one begins where the messages were last settled, so that nothing which was
// lost on the way is passed over.
func (c *consumer) serveKeyed(ctx context.Context, k *keyed) {
	began := c.t.deps.Clock()
	ringing, stop := context.WithCancel(ctx)
	var firing sync.WaitGroup
	firing.Go(func() { k.alarms.run(ringing) })
	err := c.serve(ctx)
	stop()
	firing.Wait()
	if ctx.Err() != nil {
		if err = k.why(); err == nil {
			return
		}
	}
	if err == nil {
		return
	}
	failures := c.epochsFailed
	if c.t.deps.Clock().Sub(began) > 10*c.t.cfg.MaxRetry {
		failures = 0
	}
	c.epochsFailed = failures + 1
	c.epochWait = c.failed(err, failures)
}

// failedState logs that the bucket cannot be asked, now and then.
func (c *consumer) failedState(err error) {
	c.counts.faults.Add(1)
	if c.t.lines.Allow() {
		c.log.Warn("the states of keys cannot be read or written; it is tried again", slog.Any("error", err), slog.Duration("wait", c.t.cfg.Retry))
	}
}

// rest waits out what the epoch before ended in.
func (c *consumer) rest(ctx context.Context) {
	wait := c.epochWait
	c.epochWait = 0
	if wait > 0 {
		pause(ctx, wait)
	}
}
