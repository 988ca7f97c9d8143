package hostcap

import (
	"context"
	"time"
)

// Entry is what a key of a bucket holds.
type Entry struct {
	Value []byte
	// Revision grows with each change in the bucket.
	Revision uint64
	Created  time.Time
}

// Buckets are key-value buckets. Errors are *Error, and ErrNotFound. A write is done even
// where ctx is done already; only its confirmation is given up then.
type Buckets interface {
	// MaxPayload is the most that a value may hold, in bytes.
	MaxPayload() int64
	// Get returns what key holds; ErrNotFound where that is nothing. A revision that is
	// not 0 asks for what it held then.
	Get(ctx context.Context, bucket, key string, revision uint64) (Entry, error)
	// Put gives key a value, whatever it held.
	Put(ctx context.Context, bucket, key string, value []byte) (revision uint64, err error)
	// Create gives key its first value. Conflict: it has one.
	Create(ctx context.Context, bucket, key string, value []byte) (revision uint64, err error)
	// Update replaces the value that has the revision last. Conflict: it has another.
	Update(ctx context.Context, bucket, key string, value []byte, last uint64) (revision uint64, err error)
	// Delete takes the value away. A revision that is not 0 must be the value's: Conflict.
	Delete(ctx context.Context, bucket, key string, last uint64) error
	// Keys returns the keys that have a value and match filter, in which * stands for one
	// word and > for the rest, sorted. TooLarge: there are more than limit.
	Keys(ctx context.Context, bucket, filter string, limit int) ([]string, error)
}
