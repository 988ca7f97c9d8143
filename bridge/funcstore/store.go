package funcstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/jsruntime/function"
)

// keyPrefix stands before a function's name in the bucket.
const keyPrefix = "functions."

// Store is where deployed functions are kept. Make one with Open; it needs no closing.
type Store struct {
	bucket  *kvstore.Bucket
	js      jetstream.JetStream
	objects jetstream.ObjectStore
	log     *slog.Logger
}

// Open returns the store, made where there is none. ctx bounds it. conn stays the
// caller's. The error wraps kvstore.ErrNoJetStream where the server has no JetStream.
func Open(ctx context.Context, conn *nats.Conn, cfg Config) (*Store, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	bucket, err := kvstore.Open(ctx, conn, kvstore.Config{Bucket: cfg.Bucket, Replicas: cfg.Replicas, Logger: cfg.Logger})
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("funcstore: %w", err)
	}
	objects, err := kvstore.Opened(ctx, func(ctx context.Context) (jetstream.ObjectStore, error) {
		return js.ObjectStore(ctx, cfg.Bucket)
	}, func(ctx context.Context) (jetstream.ObjectStore, error) {
		return js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: cfg.Bucket, Description: "the scripts of Isolane's functions",
			Replicas: cfg.Replicas, Storage: jetstream.FileStorage, Compression: true,
		})
	})
	if err != nil {
		return nil, fmt.Errorf("funcstore: open the object store %s: %w", cfg.Bucket, err)
	}
	return &Store{bucket: bucket, js: js, objects: objects, log: cfg.Logger}, nil
}

// Stats says how following the records goes.
func (s *Store) Stats() kvstore.Stats { return s.bucket.Stats() }

// Get returns the record of a function; one of Revision 0 and without versions where it
// has none.
func (s *Store) Get(ctx context.Context, name string) (Record, error) {
	if err := function.ValidateName(name); err != nil {
		return Record{}, fmt.Errorf("funcstore: %w", err)
	}
	var revision uint64
	value, err := kvstore.Again(ctx, func(ctx context.Context) (value []byte, err error) {
		value, revision, err = s.bucket.Get(ctx, keyPrefix+name)
		return value, err
	})
	if errors.Is(err, kvstore.ErrNotFound) {
		return Record{Format: Format, Name: name}, nil
	}
	if err != nil {
		return Record{}, err
	}
	r, err := Decode(name, value)
	r.Revision = revision
	if err != nil {
		return r, fmt.Errorf("function %s: %w", name, err)
	}
	return r, nil
}

// Change is what a function's record says now.
type Change struct {
	Name     string
	Revision uint64
	// Record is what is deployed.
	Record Record
	// Removed says that somebody removed the function.
	Removed bool
	// Err says that the record cannot be read: what was served before should stay.
	Err error
	// Complete says that everything that there was at the beginning has been told of;
	// nothing else is set then.
	Complete bool
}

// Follow yields every function that has a record, or had one, and each change, until ctx
// is done; then the channel is closed. A change may come more than once. While the server
// cannot be asked, nothing comes, and nothing counts as removed.
func (s *Store) Follow(ctx context.Context) <-chan Change {
	changes := make(chan Change)
	go func() {
		defer close(changes)
		for e := range s.bucket.FollowAll(ctx, keyPrefix+"*") {
			c, ok := changeOf(e)
			if !ok {
				continue
			}
			select {
			case changes <- c:
			case <-ctx.Done():
			}
		}
	}()
	return changes
}

// changeOf reads an entry of the bucket; false for a key that is no function's.
func changeOf(e kvstore.Entry) (Change, bool) {
	if e.Key == "" {
		return Change{Complete: true}, true
	}
	name, ok := strings.CutPrefix(e.Key, keyPrefix)
	if !ok || function.ValidateName(name) != nil {
		return Change{}, false
	}
	c := Change{Name: name, Revision: e.Revision, Removed: e.Deleted}
	if !e.Deleted {
		c.Record, c.Err = Decode(name, e.Value)
		c.Record.Revision = e.Revision
	}
	return c, true
}

// List returns what every function's record says, in the order of their names.
func (s *Store) List(ctx context.Context) ([]Change, error) {
	listing, cancel := context.WithCancel(ctx)
	byName := map[string]Change{}
	complete := false
	changes := s.Follow(listing)
	for c := range changes {
		if complete = c.Complete; complete {
			break
		}
		if byName[c.Name] = c; c.Removed {
			delete(byName, c.Name)
		}
	}
	cancel()
	for range changes { // until its goroutine has ended
	}
	if !complete {
		return nil, fmt.Errorf("funcstore: list the functions: %w", context.Cause(ctx))
	}
	list := make([]Change, 0, len(byName))
	for _, c := range byName {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Change) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}
