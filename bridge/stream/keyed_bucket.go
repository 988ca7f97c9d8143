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
}

// openStates opens it.
type openStates func(ctx context.Context, cfg kvstore.Config) (states, error)

// load asks the bucket what it has of a.
func (k *keyed) load(ctx context.Context, a *activation) error {
	ctx, cancel := context.WithTimeout(ctx, k.c.t.cfg.Patience)
	defer cancel()
	data, revision, err := k.bucket.Get(ctx, StateKey(a.key))
	switch {
	case errors.Is(err, kvstore.ErrNotFound):
		a.record, a.revision, a.known = record{}, 0, true
		return nil
	case err != nil:
		return fmt.Errorf("stream: read the state of %q: %w", a.key, err)
	}
	r, err := readRecord(data)
	if err != nil {
		return fmt.Errorf("stream: the state of %q, %s in the bucket %s: %w", a.key, StateKey(a.key), StateBucket(k.c.trigger.Function), err)
	}
	a.record, a.revision, a.known = r, revision, true
	if r.Epoch > k.epoch {
		return errFenced
	}
	return nil
}

// write replaces the record that is known of a. An error leaves a unknown.
func (k *keyed) write(ctx context.Context, a *activation, next record, data []byte) error {
	ctx, cancel := context.WithTimeout(ctx, k.c.t.cfg.Patience)
	defer cancel()
	a.known = false
	if !k.lease.Held() {
		return errFenced
	}
	var revision uint64
	var err error
	if a.revision == 0 {
		revision, err = k.bucket.Create(ctx, StateKey(a.key), data)
	} else {
		revision, err = k.bucket.Update(ctx, StateKey(a.key), data, a.revision)
	}
	if err != nil {
		return err
	}
	a.record, a.revision, a.known = next, revision, true
	k.c.counts.commits.Add(1)
	return nil
}

// commit writes next until the bucket has it, which is what settles the message at next.Seq.
// What became of a write whose answer was lost is seen by reading. It ends with errFenced,
// with errForeign, or with ctx's error.
func (k *keyed) commit(ctx context.Context, a *activation, next record, data []byte) error {
	before := a.revision
	for {
		err := k.write(ctx, a, next, data)
		if err == nil || errors.Is(err, errFenced) {
			return err
		}
		if !errors.Is(err, kvstore.ErrConflict) {
			k.c.failedState(err)
		}
		for {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err = k.load(ctx, a); err == nil {
				break
			}
			if errors.Is(err, errFenced) || errors.Is(err, errNoRecord) {
				return err
			}
			k.c.failedState(err)
			pause(ctx, k.c.t.cfg.Retry)
		}
		switch {
		case a.record.applied(next.Stream, next.Seq):
			return nil // it was this member's own, whose answer was lost
		case a.revision != before:
			return errForeign
		}
	}
}
