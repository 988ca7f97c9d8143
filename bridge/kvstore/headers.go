package kvstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
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

func (b *Bucket) subject(key string) string { return Subject(b.kv.Bucket(), key) }

// Subject is where what a key of a bucket holds is published to.
func Subject(bucket, key string) string { return "$KV." + bucket + "." + key }

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
	return ReadHeaders(ctx, b.js, b.kv.Bucket(), nil, func(h Header) { see(h.Key, h.Header) })
}

// Header is what a key holds, without its value.
type Header struct {
	Key    string
	Header map[string][]string
	// At is when the server stored it, Size the value's, in bytes.
	At   time.Time
	Size int
}

// ReadHeaders is Bucket.Headers for a bucket that the caller has not opened, and for the keys that
// match one of patterns alone; none are all. Keys that were deleted are left out, unless there are
// no patterns. Where there is no bucket the error wraps jetstream.ErrStreamNotFound.
func ReadHeaders(ctx context.Context, js jetstream.JetStream, bucket string, patterns []string, see func(Header)) error {
	if err := readHeaders(ctx, js, bucket, patterns, see); err != nil {
		return fmt.Errorf("kvstore: read the headers of %s: %w", bucket, errors.Join(err, context.Cause(ctx)))
	}
	return nil
}

func readHeaders(ctx context.Context, js jetstream.JetStream, bucket string, patterns []string, see func(Header)) error {
	s, err := js.Stream(ctx, "KV_"+bucket)
	if err != nil {
		return err
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 {
		return nil
	}
	cfg := jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy, HeadersOnly: true, InactiveThreshold: headersIdle}
	for _, pattern := range patterns {
		cfg.FilterSubjects = append(cfg.FilterSubjects, Subject(bucket, pattern))
	}
	consumer, err := s.OrderedConsumer(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = s.DeleteConsumer(ctx, consumer.CachedInfo().Name) }() // else it goes after headersIdle
	if consumer.CachedInfo().NumPending == 0 {
		return nil
	}
	all, err := consumer.Messages(jetstream.PullMaxMessages(4096))
	if err != nil {
		return err
	}
	defer all.Stop()
	told := uint64(0)
	for {
		reading, cancel := context.WithTimeout(ctx, onePatience)
		msg, err := all.Next(jetstream.NextContext(reading))
		cancel()
		if err != nil {
			if info, looked := consumer.Info(ctx); looked == nil && info.NumPending == 0 && info.Delivered.Consumer == told {
				return nil // what was to come has expired meanwhile
			}
			return err
		}
		meta, err := msg.Metadata()
		if err != nil {
			return err
		}
		told = meta.Sequence.Consumer
		if h := msg.Headers(); len(patterns) == 0 || h.Get("KV-Operation") == "" {
			size, _ := strconv.Atoi(h.Get(nats.MsgSize)) // it is the server's
			see(Header{Key: strings.TrimPrefix(msg.Subject(), Subject(bucket, "")), Header: h, At: meta.Timestamp, Size: size})
		}
		if meta.NumPending == 0 || meta.Sequence.Stream >= state.LastSeq {
			return nil
		}
	}
}
