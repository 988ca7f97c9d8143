package funcstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// SweepAfter is how old an object must be before it counts as left behind: longer than
// any deploy takes from its first byte to its record.
const SweepAfter = time.Hour

// Sweep deletes what deploys left behind that failed or were killed: objects that no
// record names, and chunks that no object names, where they are older than SweepAfter at
// the time now. It returns how many there were. Where a record cannot be read, or there is
// no record at all, nothing is deleted: the bucket may have been lost, and the objects are
// what is left to restore.
func (s *Store) Sweep(ctx context.Context, now time.Time) (int, error) {
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
		if named[info.Name] || now.Sub(info.ModTime) < SweepAfter {
			chunks[info.NUID] = true
			continue
		}
		if err := s.objects.Delete(ctx, info.Name); err != nil {
			return swept, fmt.Errorf("funcstore: sweep: delete %s: %w", info.Name, err)
		}
		swept++
	}
	n, err := s.sweepChunks(ctx, chunks, now)
	return swept + n, err
}

// sweepChunks deletes the chunks of puts that did not end.
func (s *Store) sweepChunks(ctx context.Context, known map[string]bool, now time.Time) (int, error) {
	status, err := s.objects.Status(ctx)
	if err != nil {
		return 0, fmt.Errorf("funcstore: sweep: %w", err)
	}
	bucket, ok := status.(*jetstream.ObjectBucketStatus)
	if !ok {
		return 0, nil
	}
	stream, err := s.js.Stream(ctx, bucket.StreamInfo().Config.Name)
	if err != nil {
		return 0, fmt.Errorf("funcstore: sweep: %w", err)
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
		if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && now.Sub(last.Time) < SweepAfter {
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
