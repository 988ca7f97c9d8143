package funcstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/nats-io/nuid"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/kvstore"
)

// NewStamp is the stamp of a change that by makes at this time.
func NewStamp(by string, at time.Time) Stamp {
	return Stamp{ID: nuid.Next(), By: by, At: at.UTC().Truncate(time.Millisecond)}
}

// retryWrite is how long a write waits before it is tried again.
const retryWrite = 250 * time.Millisecond

// Commit replaces old, as Get returned it, by next, and returns next with its revision.
// Then it collects the objects that only old named. While the server cannot be reached it
// tries again, until ctx is done; whether an earlier try was taken is told by the stamp.
// A *ConflictError: somebody else changed the function after old was read.
func (s *Store) Commit(ctx context.Context, old, next Record) (Record, error) {
	value, err := next.Encode()
	if err != nil {
		return Record{}, err
	}
	key := keyPrefix + next.Name
	revision, err := s.write(ctx, next.Name, next.Changed.ID, func(ctx context.Context) (uint64, error) {
		if old.Revision == 0 {
			return s.bucket.Create(ctx, key, value)
		}
		return s.bucket.Update(ctx, key, value, old.Revision)
	})
	if err != nil {
		return Record{}, err
	}
	next.Revision = revision
	s.collect(ctx, unnamed(old, next))
	return next, nil
}

// Delete takes a function's record away, as Get returned it, and what it named.
func (s *Store) Delete(ctx context.Context, old Record) error {
	if old.Revision == 0 {
		return fmt.Errorf("%w: %s", ErrNotDeployed, old.Name)
	}
	_, err := s.write(ctx, old.Name, "", func(ctx context.Context) (uint64, error) {
		return 0, s.bucket.Delete(ctx, keyPrefix+old.Name, old.Revision)
	})
	if err != nil {
		return err
	}
	s.collect(ctx, unnamed(old, Record{}))
	return nil
}

// write has a write done once. id is the stamp that the record has when it was; "" for a
// deletion.
func (s *Store) write(ctx context.Context, name, id string, try func(context.Context) (uint64, error)) (uint64, error) {
	for tried := false; ; tried = true {
		trying, cancel := context.WithTimeout(ctx, onePatience)
		revision, err := try(trying)
		cancel()
		switch {
		case err == nil:
			return revision, nil
		case errors.Is(err, kvstore.ErrConflict), errors.Is(err, kvstore.ErrNotFound):
			theirs, readErr := s.Get(ctx, name)
			// A try whose answer was lost may have been taken.
			if tried && readErr == nil && (theirs.Changed.ID == id || id == "" && theirs.Revision == 0) {
				return theirs.Revision, nil
			}
			return 0, &ConflictError{Name: name, Theirs: theirs}
		case bridge.NoRoom(err):
			return 0, fmt.Errorf("function %s: nothing was written: %s (%w)", name, bridge.RoomAdvice, err)
		case ctx.Err() != nil:
			return 0, fmt.Errorf("function %s: whether it was written is not known; look with \"isolane functions show %s\": %w", name, name, err)
		}
		if err := bridge.Pause(ctx, retryWrite); err != nil {
			return 0, fmt.Errorf("function %s: not written before the time was over: %w", name, err)
		}
	}
}

// onePatience bounds one try of a write.
const onePatience = 5 * time.Second

// unnamed are the objects that old names and next does not.
func unnamed(old, next Record) []string {
	var names []string
	for _, v := range old.Versions {
		if !slices.ContainsFunc(next.Versions, func(kept Version) bool { return kept.Object == v.Object }) {
			names = append(names, v.Object)
		}
	}
	return names
}

// collect deletes objects that nobody names any more. What it cannot delete is left to
// Sweep.
func (s *Store) collect(ctx context.Context, names []string) {
	for _, name := range names {
		if err := s.objects.Delete(ctx, name); err != nil {
			s.log.Debug("an object that nobody names could not be deleted; it is swept later", slog.String("object", name), slog.Any("error", err))
		}
	}
}
