package kvstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Write replaces the value that has the revision last, 0 for none, by one with headers, which
// Headers reads. ErrConflict: the key has another revision.
func (b *Bucket) Write(ctx context.Context, key string, value []byte, last uint64, header map[string][]string) (revision uint64, err error) {
	msg := &nats.Msg{Subject: b.subject(key), Header: nats.Header(header), Data: value}
	ack, err := b.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(last))
	if last == 0 && isWrongSequence(err) {
		marker, deleted, looked := b.deleted(ctx, key)
		if looked == nil && deleted {
			ack, err = b.js.PublishMsg(ctx, msg, jetstream.WithExpectLastSequencePerSubject(marker))
		}
	}
	if err != nil {
		return 0, wrap("write", key, err)
	}
	return ack.Sequence, nil
}

func (b *Bucket) subject(key string) string { return "$KV." + b.kv.Bucket() + "." + key }

func (b *Bucket) stream(ctx context.Context) (jetstream.Stream, error) {
	return b.js.Stream(ctx, "KV_"+b.kv.Bucket())
}

// deleted reports whether key was deleted, and the revision of the mark that says so.
func (b *Bucket) deleted(ctx context.Context, key string) (revision uint64, deleted bool, err error) {
	s, err := b.stream(ctx)
	if err != nil {
		return 0, false, err
	}
	raw, err := s.GetLastMsgForSubject(ctx, b.subject(key))
	if err != nil {
		return 0, false, err
	}
	return raw.Sequence, raw.Header.Get("KV-Operation") != "", nil
}

// headersIdle is how long the server keeps what Headers asks it for after a member died.
const headersIdle = 30 * time.Second

// Headers calls see with the headers of what the keys held when it was called, one call after
// the other: of a key possibly more than once, then the newest last, and possibly newer. Values
// are not read. ctx bounds it.
func (b *Bucket) Headers(ctx context.Context, see func(key string, header map[string][]string)) error {
	s, err := b.stream(ctx)
	if err != nil {
		return wrap("read the headers of", b.kv.Bucket(), err)
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 {
		return nil
	}
	consumer, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{
		DeliverPolicy: jetstream.DeliverAllPolicy, HeadersOnly: true, InactiveThreshold: headersIdle,
	})
	if err != nil {
		return wrap("read the headers of", b.kv.Bucket(), err)
	}
	all, err := consumer.Messages(jetstream.PullMaxMessages(4096))
	if err != nil {
		return wrap("read the headers of", b.kv.Bucket(), err)
	}
	defer all.Stop()
	for {
		reading, cancel := context.WithTimeout(ctx, onePatience)
		msg, err := all.Next(jetstream.NextContext(reading))
		cancel()
		if err != nil {
			return fmt.Errorf("kvstore: read the headers of %s: %w", b.kv.Bucket(), errors.Join(err, context.Cause(ctx)))
		}
		meta, err := msg.Metadata()
		if err != nil {
			return fmt.Errorf("kvstore: read the headers of %s: %w", b.kv.Bucket(), err)
		}
		see(strings.TrimPrefix(msg.Subject(), b.subject("")), msg.Headers())
		if meta.NumPending == 0 || meta.Sequence.Stream >= state.LastSeq {
			return nil
		}
	}
}
