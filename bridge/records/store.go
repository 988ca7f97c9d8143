package records

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// Store is the bucket.
type Store struct {
	js  jetstream.JetStream
	cfg Config

	mu sync.Mutex
	kv jetstream.KeyValue // guarded by mu; nil: not open yet
}

// New makes a Store.
func New(js jetstream.JetStream, cfg Config) *Store { return &Store{js: js, cfg: cfg} }

// key is where the record is. Streams may have names that keys may not.
func key(stream string, sequence uint64, function string) string {
	return hex.EncodeToString([]byte(stream)) + "." + strconv.FormatUint(sequence, 10) + "." + function
}

// Put keeps the record of a run, in the place of one before.
func (s *Store) Put(ctx context.Context, stream string, sequence uint64, function string, data []byte) error {
	kv, err := s.open(ctx)
	if err != nil {
		return err
	}
	if _, err := kv.Put(ctx, key(stream, sequence, function), data); err != nil {
		s.mu.Lock()
		s.kv = nil // it may be gone
		s.mu.Unlock()
		return fmt.Errorf("records: keep %s:%d of %s: %w", stream, sequence, function, err)
	}
	return nil
}

func (s *Store) open(ctx context.Context) (jetstream.KeyValue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kv != nil {
		return s.kv, nil
	}
	kv, err := s.js.KeyValue(ctx, s.cfg.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = s.make(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("records: open the bucket %s: %w", s.cfg.Bucket, err)
	}
	s.kv = kv
	return kv, nil
}

// make makes the bucket, which others may do at the same time.
func (s *Store) make(ctx context.Context) (jetstream.KeyValue, error) {
	kv, err := s.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: s.cfg.Bucket, Description: "recorded runs of Isolane's functions; see isolane replay",
		History: 1, TTL: s.cfg.TTL, MaxBytes: s.cfg.Bytes, Storage: jetstream.FileStorage,
	})
	if errors.Is(err, jetstream.ErrBucketExists) {
		kv, err = s.js.KeyValue(ctx, s.cfg.Bucket)
	}
	return kv, err
}

// Get returns the record of a message and the function that it is of: the only one, where
// function is "". The error wraps ErrNone or ErrSeveral.
func (s *Store) Get(ctx context.Context, stream string, sequence uint64, function string) (data []byte, ran string, err error) {
	kv, err := s.js.KeyValue(ctx, s.cfg.Bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil, function, fmt.Errorf("%w: there is no bucket %s yet", ErrNone, s.cfg.Bucket)
	}
	if err != nil {
		return nil, "", fmt.Errorf("records: open the bucket %s: %w", s.cfg.Bucket, err)
	}
	if function == "" {
		if function, err = only(ctx, kv, key(stream, sequence, "")); err != nil {
			return nil, "", err
		}
	}
	entry, err := kv.Get(ctx, key(stream, sequence, function))
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, function, fmt.Errorf("%w by %s", ErrNone, function)
	case err != nil:
		return nil, "", fmt.Errorf("records: read %s:%d of %s: %w", stream, sequence, function, err)
	}
	return entry.Value(), function, nil
}

// only is the one function that has a record whose key begins so.
func only(ctx context.Context, kv jetstream.KeyValue, prefix string) (string, error) {
	lister, err := kv.ListKeysFiltered(ctx, prefix+"*")
	if err != nil {
		return "", fmt.Errorf("records: look for records: %w", err)
	}
	var names []string
	for k := range lister.Keys() {
		names = append(names, strings.TrimPrefix(k, prefix))
	}
	switch len(names) {
	case 0:
		return "", ErrNone
	case 1:
		return names[0], nil
	}
	slices.Sort(names)
	return "", fmt.Errorf("%w: %s", ErrSeveral, strings.Join(names, ", "))
}
