package lease

import "context"

// Store keeps the records. It must be safe for concurrent use and end its calls when
// ctx is done. Writes are linearizable: of two that name one revision, one fails. A
// revision is greater than every one before it on that key, over deletions too. Get may
// answer with what was true a while ago.
//
// Errors other than ErrNotFound and ErrConflict mean that it is not known whether the
// call took effect, or will; they are taken as passing.
type Store interface {
	// Get returns a record, or ErrNotFound.
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	// Create makes a record where there is none, or returns ErrConflict.
	Create(ctx context.Context, key string, value []byte) (revision uint64, err error)
	// Update replaces the record that has the revision last, or returns ErrConflict.
	Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error)
	// Delete removes the record that has the revision last, or returns ErrConflict.
	Delete(ctx context.Context, key string, last uint64) error
}

// Watcher is what a Store may also be: Acquire then sees at once that a lease is
// released, and polls only as often as TTL. The channel ticks after a change of the
// record, at least once after the last one; it is closed when the watch ends, which it
// does when ctx is done, and may before.
type Watcher interface {
	Watch(ctx context.Context, key string) (<-chan struct{}, error)
}
