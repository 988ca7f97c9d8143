package kvstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Entry is what became of one key, or, where Key is "", that every key has been told of
// as it was when the watch was made.
type Entry struct {
	Key string
	// Value is what the key holds; nil where it was deleted.
	Value    []byte
	Revision uint64
	// Deleted says that somebody deleted the key. A key that is merely absent, in a
	// bucket that lost what it held, is not told of.
	Deleted bool
}

// errWatchEnded says that a watch is over although nobody ended it.
var errWatchEnded = errors.New("the watch ended")

// FollowAll yields what the keys that match pattern hold, deleted ones too, and each
// change of them, until ctx is done; then the channel is closed. Entries may come more
// than once, and one that a newer one replaced not at all. While the server cannot be
// asked nothing comes; then all is told again.
func (b *Bucket) FollowAll(ctx context.Context, pattern string) <-chan Entry {
	entries := make(chan Entry)
	go func() {
		defer close(entries)
		failing := false
		defer b.faults.works(&failing)
		for ctx.Err() == nil {
			err := b.followAll(ctx, pattern, entries, func() {
				if failing {
					b.log.Info("the bucket can be watched again")
				}
				b.faults.works(&failing)
			})
			if ctx.Err() != nil {
				return
			}
			if !failing {
				b.log.Warn("the bucket cannot be watched; what was read stays, and it is tried again", slog.String("advice", adviceLost), slog.Any("error", err))
			}
			b.faults.failed(&failing)
			again := time.NewTimer(retryWatch)
			select {
			case <-ctx.Done():
				again.Stop()
			case <-again.C:
			}
		}
	}()
	return entries
}

// retryWatch is how long FollowAll waits before it makes another watch.
const retryWatch = time.Second

// followAll makes one watch and passes on what it tells until it ends, or tells less
// than the bucket holds. works is called when it has told of everything.
func (b *Bucket) followAll(ctx context.Context, pattern string, entries chan<- Entry, works func()) error {
	before, err := b.lastSequence(ctx)
	if err != nil {
		return err
	}
	watcher, err := b.kv.Watch(ctx, pattern)
	if err != nil {
		return wrap("watch", pattern, err)
	}
	defer func() { _ = watcher.Stop() }()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	caught, told, behind := false, before, 0
	for {
		var next Entry
		select {
		case <-ctx.Done():
			return ctx.Err()
		case update, ok := <-watcher.Updates():
			switch {
			case !ok:
				return errWatchEnded
			case update == nil:
				caught = true
				works()
			default:
				told = max(told, update.Revision())
				next = Entry{Key: update.Key(), Value: update.Value(), Revision: update.Revision(), Deleted: update.Operation() != jetstream.KeyValuePut}
				if next.Deleted {
					next.Value = nil
				}
			}
			behind = 0
		case <-ticker.C:
			// A watch may end unseen, with a server that lost its stream: two looks that
			// find more, or less, than was told of mean that it did.
			if last, err := b.lastSequence(ctx); err == nil && caught && last == told {
				behind = 0
				continue
			}
			if behind++; behind >= 2 {
				return fmt.Errorf("kvstore: %w: it tells less than the bucket holds", errWatchEnded)
			}
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case entries <- next:
		}
	}
}

// lastSequence is the revision of the newest entry that the bucket ever had.
func (b *Bucket) lastSequence(ctx context.Context) (uint64, error) {
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	status, err := b.kv.Status(asking)
	if err != nil {
		return 0, wrap("look at", b.kv.Bucket(), err)
	}
	if s, ok := status.(*jetstream.KeyValueBucketStatus); ok {
		return s.StreamInfo().State.LastSeq, nil
	}
	return 0, fmt.Errorf("kvstore: look at %s: the client library tells no revision", b.kv.Bucket())
}
