package funcstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/kvstore"
)

// SweepAfter is how old an object must be before it counts as left behind: longer than
// any deploy takes from its first byte to its record.
const SweepAfter = time.Hour

// Sweep deletes what deploys left behind that failed or were killed: objects that no
// record names, and chunks that no object names, where they are older than that by the
// server's clock: give SweepAfter, and a deploy in progress is safe, whatever the clock of who
// sweeps. It returns how many there were. Where a record cannot be read, or there is no record
// at all, nothing is deleted: the bucket may have been lost, and the objects are what is left
// to restore.
func (s *Store) Sweep(ctx context.Context, older time.Duration) (int, error) {
	now, err := s.now(ctx)
	if err != nil {
		return 0, err
	}
	// The objects before the records: what is put in between is not in the list.
	infos, err := s.objects.List(ctx)
	if err != nil && !errors.Is(err, jetstream.ErrNoObjectsFound) {
		return 0, fmt.Errorf("funcstore: sweep: list the objects: %w", err)
	}
	records, err := s.List(ctx)
	if err != nil {
		return 0, fmt.Errorf("funcstore: sweep: %w", err)
	}
	if len(records) == 0 {
		return 0, nil
	}
	named := map[string]bool{}
	for _, r := range records {
		if r.Err != nil {
			return 0, fmt.Errorf("funcstore: sweep: the record of %s: %w", r.Name, r.Err)
		}
		for _, v := range r.Record.Versions {
			named[v.Object] = true
		}
	}
	swept := 0
	chunks := map[string]bool{}
	for _, info := range infos {
		if named[info.Name] || now.Sub(info.ModTime) < older {
			chunks[info.NUID] = true
			continue
		}
		if err := s.objects.Delete(ctx, info.Name); err != nil {
			return swept, fmt.Errorf("funcstore: sweep: delete %s: %w", info.Name, err)
		}
		swept++
	}
	n, err := s.sweepChunks(ctx, chunks, now.Add(-older))
	return swept + n, err
}

// now is the server's time.
func (s *Store) now(ctx context.Context) (time.Time, error) {
	stream, err := s.chunkStream(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if at := stream.CachedInfo().TimeStamp; !at.IsZero() {
		return at, nil
	}
	return time.Now(), nil // a server that does not say
}

// chunkStream is where the objects are.
func (s *Store) chunkStream(ctx context.Context) (jetstream.Stream, error) {
	status, err := s.objects.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("funcstore: sweep: %w", err)
	}
	stream, err := s.js.Stream(ctx, "OBJ_"+status.Bucket())
	if err != nil {
		return nil, fmt.Errorf("funcstore: sweep: %w", err)
	}
	return stream, nil
}

// sweepKey notes in the bucket when somebody swept last, by the server's time of the entry.
const sweepKey = "swept"

// SweepIfDue sweeps where nobody has for so long, by the server's clock, and reports whether it
// did: of many that ask at a time one does. A sweep that fails counts all the same, so that a
// fault does not have everybody try.
func (s *Store) SweepIfDue(ctx context.Context, every time.Duration) (swept int, did bool, err error) {
	now, err := s.now(ctx)
	if err != nil {
		return 0, false, err
	}
	revision, at, err := s.bucket.Stamp(ctx, sweepKey)
	switch {
	case errors.Is(err, kvstore.ErrNotFound):
		_, err = s.bucket.Create(ctx, sweepKey, nil)
	case err != nil:
	case now.Sub(at) < every:
		return 0, false, nil
	default:
		_, err = s.bucket.Update(ctx, sweepKey, nil, revision)
	}
	if errors.Is(err, kvstore.ErrConflict) {
		return 0, false, nil // somebody else does
	}
	if err != nil {
		return 0, false, fmt.Errorf("funcstore: sweep: %w", err)
	}
	swept, err = s.Sweep(ctx, SweepAfter)
	return swept, true, err
}

// sweepChunks deletes the chunks of puts that did not end, where the last is from before.
func (s *Store) sweepChunks(ctx context.Context, known map[string]bool, before time.Time) (int, error) {
	status, err := s.objects.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("funcstore: sweep: %w", err)
	}
	stream, err := s.chunkStream(ctx)
	if err != nil {
		return 0, err
	}
	prefix := "$O." + status.Bucket() + ".C."
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+">"))
	if err != nil {
		return 0, fmt.Errorf("funcstore: sweep: %w", err)
	}
	swept := 0
	for subject := range info.State.Subjects {
		if known[strings.TrimPrefix(subject, prefix)] {
			continue
		}
		last, err := stream.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && last.Time.After(before) {
			continue
		}
		if err == nil {
			err = stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
		}
		if err != nil {
			return swept, fmt.Errorf("funcstore: sweep: chunks of %s: %w", subject, err)
		}
		swept++
	}
	return swept, nil
}
