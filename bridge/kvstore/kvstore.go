package kvstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// RuntimesTotal is the key of the wished total of runtimes, a decimal number.
const RuntimesTotal = "runtimes.total"

var (
	// ErrNotFound says that the key holds nothing.
	ErrNotFound = errors.New("kvstore: not found")
	// ErrConflict says that the key has another revision than the caller thought.
	ErrConflict = errors.New("kvstore: conflict")
	// ErrNoJetStream says that the server has no JetStream, or this account may not use it.
	ErrNoJetStream = errors.New("kvstore: the NATS server has no JetStream for this user: start it with -js, or allow the account to use it")
)

// Config says which bucket.
type Config struct {
	// Bucket is its name. Default "isolane".
	Bucket string
	// Replicas of the bucket in a NATS cluster, where it is made here. Default 1; a
	// bucket that is there keeps what it has.
	Replicas int
	// Logger takes what goes wrong while following a key; nil is silence.
	Logger *slog.Logger
}

// DefaultConfig is the bucket of a node that was told nothing.
func DefaultConfig() Config { return Config{Bucket: "isolane", Replicas: 1} }

// Bucket is an open bucket. Make one with Open; it needs no closing.
type Bucket struct {
	js     jetstream.JetStream
	kv     jetstream.KeyValue
	log    *slog.Logger
	faults faults
}

// Open returns the bucket, made where there is none. ctx bounds it. conn stays the
// caller's.
func Open(ctx context.Context, conn *nats.Conn, cfg Config) (*Bucket, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("kvstore: %w", err)
	}
	kv, err := Opened(ctx, func(ctx context.Context) (jetstream.KeyValue, error) {
		return js.KeyValue(ctx, cfg.Bucket)
	}, func(ctx context.Context) (jetstream.KeyValue, error) {
		return js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: cfg.Bucket, Description: "what the nodes of an Isolane cluster share",
			History: 1, Replicas: cfg.Replicas, Storage: jetstream.FileStorage,
		})
	})
	switch {
	case err == nil:
		return &Bucket{js: js, kv: kv, log: cfg.Logger.With(slog.String("bucket", cfg.Bucket))}, nil
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders):
		return nil, fmt.Errorf("%w (%w)", ErrNoJetStream, err)
	default:
		return nil, fmt.Errorf("kvstore: open the bucket %s: %w", cfg.Bucket, err)
	}
}

// Get returns what key holds, and its revision. ErrNotFound: nothing, or no more.
func (b *Bucket) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	entry, err := b.kv.Get(ctx, key)
	if err != nil {
		return nil, 0, wrap("get", key, err)
	}
	return entry.Value(), entry.Revision(), nil
}

// Stamp returns the revision of what key holds, and when the server stored it. ErrNotFound as
// in Get.
func (b *Bucket) Stamp(ctx context.Context, key string) (revision uint64, at time.Time, err error) {
	entry, err := b.kv.Get(ctx, key)
	if err != nil {
		return 0, time.Time{}, wrap("get", key, err)
	}
	return entry.Revision(), entry.Created(), nil
}

// Create gives key its first value. ErrConflict: it has one.
func (b *Bucket) Create(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	revision, err = b.kv.Create(ctx, key, value)
	return revision, wrap("create", key, err)
}

// Update replaces the value that has the revision last. ErrConflict: it has another.
func (b *Bucket) Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error) {
	revision, err = b.kv.Update(ctx, key, value, last)
	return revision, wrap("update", key, err)
}

// Put gives key a value, whatever it held.
func (b *Bucket) Put(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	revision, err = b.kv.Put(ctx, key, value)
	return revision, wrap("put", key, err)
}

// Delete takes the value away that has the revision last. ErrConflict: it has another.
func (b *Bucket) Delete(ctx context.Context, key string, last uint64) error {
	return wrap("delete", key, b.kv.Delete(ctx, key, jetstream.LastRevision(last)))
}

// Watch ticks after changes of key, the first time when the watch stands; several changes
// may be one tick. The channel is closed when ctx is done, or the watch broke.
func (b *Bucket) Watch(ctx context.Context, key string) (<-chan struct{}, error) {
	watcher, err := b.kv.Watch(ctx, key, jetstream.MetaOnly())
	if err != nil {
		return nil, wrap("watch", key, err)
	}
	ticks := make(chan struct{}, 1)
	go func() {
		defer close(ticks)
		defer func() { _ = watcher.Stop() }()
		for {
			select {
			case <-ctx.Done():
				return
			case _, ok := <-watcher.Updates():
				if !ok {
					return
				}
				select {
				case ticks <- struct{}{}:
				default: // one is waiting: who takes it sees this change too
				}
			}
		}
	}()
	return ticks, nil
}

// look is how often Follow reads the key, besides when it is told of a change: a watch
// may end unseen with a server that lost its stream.
const look = 5 * time.Second

// Follow yields the text that key holds, "" for none, at the beginning and after each
// change, until ctx is done; then the channel is closed. A reader that is slow gets the
// newest alone. While the server cannot be asked nothing comes; it goes on afterwards.
func (b *Bucket) Follow(ctx context.Context, key string) <-chan string {
	texts := make(chan string)
	go func() {
		defer close(texts)
		b.follow(ctx, key, texts)
	}()
	return texts
}

func (b *Bucket) follow(ctx context.Context, key string, texts chan<- string) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	var ticks <-chan struct{}
	var last string
	var out chan<- string // nil: last has been taken
	known, failing := false, false
	defer b.faults.works(&failing)
	for {
		if ticks == nil {
			ticks, _ = b.Watch(ctx, key) // nil on an error: the ticker tries again
		}
		text, err := b.text(ctx, key)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				b.log.Warn("a key of the bucket cannot be read; what it held stays, and it is tried again", slog.String("advice", adviceLost), slog.String("key", key), slog.Any("error", err))
			}
			b.faults.failed(&failing)
		case !known || text != last:
			last, out, known = text, texts, true
			b.faults.works(&failing)
		default:
			b.faults.works(&failing)
		}
		for again := false; !again; {
			select {
			case <-ctx.Done():
				return
			case out <- last:
				out = nil
			case _, ok := <-ticks:
				if !ok {
					ticks = nil // the next turn of the ticker watches anew
					continue
				}
				again = true
			case <-ticker.C:
				again = true
			}
		}
	}
}

// patience bounds one read of Follow.
const patience = 2 * time.Second

func (b *Bucket) text(ctx context.Context, key string) (string, error) {
	reading, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	value, _, err := b.Get(reading, key)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return string(value), err
}

// wrap says what was tried, in this package's errors.
func wrap(what, key string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrKeyNotFound), errors.Is(err, jetstream.ErrKeyDeleted):
		return fmt.Errorf("%w: %s %s", ErrNotFound, what, key)
	case errors.Is(err, jetstream.ErrKeyExists), errors.Is(err, jetstream.ErrKeyRevisionMismatch), isWrongSequence(err):
		return fmt.Errorf("%w: %s %s", ErrConflict, what, key)
	default:
		return fmt.Errorf("kvstore: %s %s: %w", what, key, err)
	}
}

// isWrongSequence reports whether the server refused a write for its revision.
func isWrongSequence(err error) bool {
	var api jetstream.JetStreamError
	if !errors.As(err, &api) || api.APIError() == nil {
		return false
	}
	code := api.APIError().ErrorCode // the second one is that of a replicated stream
	return code == jetstream.JSErrCodeStreamWrongLastSequence || code == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}
