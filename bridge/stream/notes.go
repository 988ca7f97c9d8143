package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/poison"
)

// notes keeps, for each message, how many of its deliveries do not count and which isolates
// it ended, in a key-value bucket that all members share: so both outlive a member, and the
// epoch of a keyed function. It is opened when it is first needed.
type notes struct {
	js     jetstream.JetStream
	bucket string
	ttl    time.Duration

	mu sync.Mutex
	kv jetstream.KeyValue // guarded by mu; nil: not open yet
}

func (n *notes) open(ctx context.Context) (jetstream.KeyValue, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.kv != nil {
		return n.kv, nil
	}
	kv, err := n.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket: n.bucket, Description: "deliveries that do not count against a message's limit, and isolates that messages ended",
		History: 1, TTL: n.ttl, Storage: jetstream.FileStorage,
	})
	if err != nil {
		return nil, fmt.Errorf("stream: open the bucket %s: %w", n.bucket, err)
	}
	n.kv = kv
	return kv, nil
}

// forget has the bucket opened again, where it seems to be gone.
func (n *notes) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kv = nil
}

// read returns what is noted of a message.
func (n *notes) read(ctx context.Context, id string) (poison.Note, error) {
	kv, err := n.open(ctx)
	if err != nil {
		return poison.Note{}, err
	}
	entry, err := kv.Get(ctx, id)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return poison.Note{}, nil
	case err != nil:
		n.forget()
		return poison.Note{}, fmt.Errorf("stream: read the note %s: %w", id, err)
	}
	return poison.DecodeNote(entry.Value()), nil
}

// write notes it. A message is one member's at a time, so that no other writes.
func (n *notes) write(ctx context.Context, id string, note poison.Note) error {
	data, err := note.Encode()
	if err != nil {
		return fmt.Errorf("stream: write the note %s: %w", id, err)
	}
	kv, err := n.open(ctx)
	if err != nil {
		return err
	}
	if _, err := kv.Put(ctx, id, data); err != nil {
		n.forget()
		return fmt.Errorf("stream: write the note %s: %w", id, err)
	}
	return nil
}
