package stream

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/isolane/isolane/bridge/kvstore"
)

// StateBucket is the name of the key-value bucket with the states of a keyed function.
func StateBucket(function string) string { return "isolane-state-" + function }

// maxPlainKey is the longest key that stands in the bucket as it is.
const maxPlainKey = 128

// StateKey is where the state of a key is in its bucket: the key itself where it is of
// letters, digits, - and _; else = and its base64, or == and its SHA-256 where it is long.
// No two keys have the same.
func StateKey(key string) string {
	plain := key != "" && !strings.ContainsFunc(key, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
	switch {
	case plain && len(key) <= maxPlainKey:
		return key
	case len(key) <= maxPlainKey:
		return "=" + base64.RawURLEncoding.EncodeToString([]byte(key))
	}
	sum := sha256.Sum256([]byte(key))
	return "==" + hex.EncodeToString(sum[:])
}

// states is the bucket of a keyed function; *kvstore.Bucket is one.
type states interface {
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	Create(ctx context.Context, key string, value []byte) (revision uint64, err error)
	Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, err error)
	// Write is Update, or with last 0 Create, of a value with headers.
	Write(ctx context.Context, key string, value []byte, last uint64, header map[string][]string) (revision uint64, err error)
	// Headers calls see with those of each key, the newest last.
	Headers(ctx context.Context, see func(key string, header map[string][]string)) error
}

// openStates opens it.
type openStates func(ctx context.Context, cfg kvstore.Config) (states, error)

// open opens the bucket, once; replicas counts where there is none.
func (r *runner) open(ctx context.Context, replicas int) (states, error) {
	r.opening.Lock()
	defer r.opening.Unlock()
	if r.bucket != nil {
		return r.bucket, nil
	}
	cfg := kvstore.Config{Bucket: StateBucket(r.c.trigger.Function), Replicas: max(replicas, 1), Logger: r.c.log}
	bucket, err := r.c.t.openStates(ctx, cfg)
	if err != nil {
		return nil, err
	}
	r.bucket = bucket
	return bucket, nil
}

// load asks the bucket what it has of a.
func (r *runner) load(ctx context.Context, t *Turn, a *activation) error {
	ctx, cancel := context.WithTimeout(ctx, r.c.t.cfg.Patience)
	defer cancel()
	bucket, err := r.open(ctx, 1)
	if err != nil {
		return err
	}
	data, revision, err := bucket.Get(ctx, StateKey(a.key))
	switch {
	case errors.Is(err, kvstore.ErrNotFound):
		a.record, a.revision, a.known = record{}, 0, true
		return nil
	case err != nil:
		return fmt.Errorf("stream: read the state of %q: %w", a.key, err)
	}
	rec, err := readRecord(data)
	if err != nil {
		return fmt.Errorf("stream: the state of %q, %s in the bucket %s: %w", a.key, StateKey(a.key), StateBucket(r.c.trigger.Function), err)
	}
	a.record, a.revision, a.known = rec, revision, true
	if rec.Epoch > t.Epoch {
		return errFenced
	}
	return nil
}

// write replaces the record that is known of a. An error leaves a unknown.
func (r *runner) write(ctx context.Context, t *Turn, a *activation, next record, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, r.c.t.cfg.Patience)
	defer cancel()
	a.known = false
	bucket, err := r.open(ctx, 1)
	if err != nil {
		return err
	}
	if t.held != nil && !t.held() {
		return errFenced
	}
	var revision uint64
	switch {
	case next.Alarm != nil:
		revision, err = bucket.Write(ctx, StateKey(a.key), data, a.revision, next.Alarm.header(a.key))
	case a.revision == 0:
		revision, err = bucket.Create(ctx, StateKey(a.key), data)
	default:
		revision, err = bucket.Update(ctx, StateKey(a.key), data, a.revision)
	}
	if err != nil {
		return err
	}
	a.record, a.revision, a.known = next, revision, true
	r.c.counts.commits.Add(1)
	return nil
}

// commit writes next until the bucket has it, which is what settles the message at next.Seq, or
// the alarm next.Fired.
// What became of a write whose answer was lost is seen by reading, where ours tells a record that
// it made, or another run of the same. It ends with errFenced,
// with errForeign, with errApplied where it is in the bucket by another run's write, or with
// ctx's error.
func (r *runner) commit(ctx context.Context, t *Turn, a *activation, next record, data []byte, ours func(record) bool) error {
	before, unsure := a.revision, false
	for {
		err := r.write(ctx, t, a, next, data)
		if err == nil || errors.Is(err, errFenced) {
			return err
		}
		if !errors.Is(err, kvstore.ErrConflict) {
			unsure = true
			r.c.failedState(err)
		}
		for {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err = r.load(ctx, t, a); err == nil {
				break
			}
			if errors.Is(err, errFenced) || errors.Is(err, errNoRecord) {
				return err
			}
			r.c.failedState(err)
			pause(ctx, r.c.t.cfg.Retry)
		}
		switch {
		case ours(a.record) && !unsure:
			return errApplied
		case ours(a.record):
			return nil // it was this member's own, whose answer was lost
		case a.revision != before:
			return errForeign
		}
	}
}
