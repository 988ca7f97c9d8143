package hostnats

import (
	"context"
	"errors"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/jsruntime/hostcap"
)

// buckets keeps the buckets that functions have opened. A handle is a name and needs no
// closing, so that one more than max is simply not kept.
type buckets struct {
	max int

	mu   sync.Mutex
	open map[string]jetstream.KeyValue // guarded by mu
}

// bucket opens one, which costs a round trip the first time.
func (h *Host) bucket(ctx context.Context, name string) (jetstream.KeyValue, error) {
	b := &h.buckets
	b.mu.Lock()
	kv := b.open[name]
	b.mu.Unlock()
	if kv != nil {
		return kv, nil
	}
	kv, err := h.js.KeyValue(ctx, name)
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, jetstream.ErrJetStreamNotEnabled
	}
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.open) < b.max {
		b.open[name] = kv
	}
	return kv, nil
}

// forget drops a bucket that may be gone, or another one by now.
func (h *Host) forget(name string) {
	h.buckets.mu.Lock()
	defer h.buckets.mu.Unlock()
	delete(h.buckets.open, name)
}

// in opens a bucket and runs what is to be done in it.
func in[T any](ctx context.Context, h *Host, bucket string, run func(jetstream.KeyValue) (T, error)) (T, error) {
	var none T
	kv, err := h.bucket(ctx, bucket)
	if err != nil {
		return none, err
	}
	value, err := run(kv)
	switch {
	case errors.Is(err, jetstream.ErrNoStreamResponse), errors.Is(err, nats.ErrNoResponders):
		h.forget(bucket)
		return none, jetstream.ErrBucketNotFound // it was deleted since it was opened
	case errors.Is(err, jetstream.ErrStreamNotFound):
		h.forget(bucket)
	}
	return value, err
}

// Get implements hostcap.Buckets.
func (h *Host) Get(ctx context.Context, bucket, key string, revision uint64) (hostcap.Entry, error) {
	return asking(ctx, h, "kv.get", bucket, func(ctx context.Context) (hostcap.Entry, error) {
		return in(ctx, h, bucket, func(kv jetstream.KeyValue) (hostcap.Entry, error) {
			var entry jetstream.KeyValueEntry
			var err error
			if revision == 0 {
				entry, err = kv.Get(ctx, key)
			} else {
				entry, err = kv.GetRevision(ctx, key, revision)
			}
			if errors.Is(err, jetstream.ErrKeyNotFound) || errors.Is(err, jetstream.ErrKeyDeleted) {
				return hostcap.Entry{}, hostcap.ErrNotFound
			}
			if err != nil {
				return hostcap.Entry{}, err
			}
			return hostcap.Entry{Value: entry.Value(), Revision: entry.Revision(), Created: entry.Created()}, nil
		})
	})
}

// Put implements hostcap.Buckets.
func (h *Host) Put(ctx context.Context, bucket, key string, value []byte) (uint64, error) {
	return h.write(ctx, "kv.put", bucket, len(value), func(ctx context.Context, kv jetstream.KeyValue) (uint64, error) {
		return kv.Put(ctx, key, value)
	})
}

// Create implements hostcap.Buckets.
func (h *Host) Create(ctx context.Context, bucket, key string, value []byte) (uint64, error) {
	return h.write(ctx, "kv.create", bucket, len(value), func(ctx context.Context, kv jetstream.KeyValue) (uint64, error) {
		return kv.Create(ctx, key, value)
	})
}

// Update implements hostcap.Buckets.
func (h *Host) Update(ctx context.Context, bucket, key string, value []byte, last uint64) (uint64, error) {
	return h.write(ctx, "kv.update", bucket, len(value), func(ctx context.Context, kv jetstream.KeyValue) (uint64, error) {
		return kv.Update(ctx, key, value, last)
	})
}

// Delete implements hostcap.Buckets.
func (h *Host) Delete(ctx context.Context, bucket, key string, last uint64) error {
	_, err := h.write(ctx, "kv.delete", bucket, 0, func(ctx context.Context, kv jetstream.KeyValue) (uint64, error) {
		return 0, kv.Delete(ctx, key, jetstream.LastRevision(last))
	})
	return err
}

func (h *Host) write(ctx context.Context, op, bucket string, size int, run func(context.Context, jetstream.KeyValue) (uint64, error)) (revision uint64, err error) {
	defer func() { h.failures.note(bucket, err) }()
	return begun(ctx, h, op, size, func(ctx context.Context) (uint64, error) {
		return in(ctx, h, bucket, func(kv jetstream.KeyValue) (uint64, error) { return run(ctx, kv) })
	})
}
