package records

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/kvstore"
)

// Store is the bucket.
type Store struct {
	js  jetstream.JetStream
	cfg Config

	mu   sync.Mutex
	open bool // guarded by mu: the bucket is there, as far as is known
}

// New makes a Store.
func New(js jetstream.JetStream, cfg Config) *Store { return &Store{js: js, cfg: cfg} }

// Put keeps the record of a run, in the place of one of its invocation before.
func (s *Store) Put(ctx context.Context, run Run, data []byte) error {
	header, err := run.header()
	if err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	msg := &nats.Msg{Subject: kvstore.Subject(s.cfg.Bucket, run.key()), Header: header, Data: data}
	_, err = kvstore.Again(ctx, func(ctx context.Context) (*jetstream.PubAck, error) { return s.js.PublishMsg(ctx, msg) })
	if err != nil {
		s.mu.Lock()
		s.open = false // it may be gone
		s.mu.Unlock()
		return fmt.Errorf("records: keep %s of %s: %w", run.What(), run.Function, err)
	}
	return nil
}

// ready makes the bucket where there is none.
func (s *Store) ready(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		return nil
	}
	_, err := kvstore.Opened(ctx, func(ctx context.Context) (jetstream.KeyValue, error) {
		return s.js.KeyValue(ctx, s.cfg.Bucket)
	}, func(ctx context.Context) (jetstream.KeyValue, error) {
		return s.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: s.cfg.Bucket, Description: "recorded runs of Isolane's functions; see isolane replay",
			History: 1, TTL: s.cfg.TTL, MaxBytes: s.cfg.Bytes, Storage: jetstream.FileStorage,
		})
	})
	if err != nil {
		return fmt.Errorf("records: open the bucket %s: %w", s.cfg.Bucket, err)
	}
	s.open = true
	return nil
}

// Query picks records. The zero value picks all.
type Query struct {
	// Function is whose, Kind of what; "" for any.
	Function string
	Kind     Kind
	// Invocation is the id of one, "" for any. That of a message does not find the batch that it
	// was in.
	Invocation string
	// Stream and Sequence are a message, alone or in a batch; Key is a key. Where they are zero they
	// pick nothing out.
	Stream   string
	Sequence uint64
	Key      string
}

// patterns are the keys in the bucket that q may mean.
func (q Query) patterns() (all []string) {
	function, id := cmp.Or(q.Function, "*"), "*"
	if q.Invocation != "" {
		id = token(q.Invocation)
	}
	for _, kind := range Kinds() {
		if q.Kind != "" && q.Kind != kind {
			continue
		}
		pattern := string(kind) + "." + function + "." + id
		stream, place := "*", "*"
		if q.Stream != "" {
			stream = token(q.Stream)
		}
		if q.Sequence > 0 {
			place = strconv.FormatUint(q.Sequence, 10)
		}
		switch kind {
		case Message:
			all = append(all, pattern+"."+stream+"."+place)
		case Batch:
			all = append(all, pattern+"."+stream)
		case Alarm, Call:
			if q.Stream == "" && q.Sequence == 0 {
				all = append(all, pattern)
			}
		}
	}
	return all
}

func (q Query) picks(r Run) bool {
	return (q.Function == "" || q.Function == r.Function) && (q.Kind == "" || q.Kind == r.Kind) &&
		(q.Invocation == "" || q.Invocation == r.Invocation) && (q.Stream == "" || q.Stream == r.Stream) &&
		(q.Sequence == 0 || r.Places.Has(q.Sequence)) && (q.Key == "" || q.Key == r.Key)
}

// Find returns the runs that q picks and are recorded, the oldest first; none where there is no
// bucket yet. It reads what records are of, and not the records. foreign counts what stands in the
// bucket and is no record.
func (s *Store) Find(ctx context.Context, q Query) (runs []Run, foreign int, err error) {
	at := map[string]int{}
	err = kvstore.ReadHeaders(ctx, s.js, s.cfg.Bucket, q.patterns(), func(e kvstore.Header) {
		run, ok := readRun(e.Header)
		switch {
		case !ok || run.key() != e.Key:
			foreign++
			return
		case !q.picks(run):
			return
		}
		run.At, run.Bytes, run.place = e.At, e.Size, e.Key
		if n, again := at[e.Key]; again {
			runs[n] = run
			return
		}
		at[e.Key] = len(runs)
		runs = append(runs, run)
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("records: look for records: %w", err)
	}
	slices.SortStableFunc(runs, func(a, b Run) int { return a.At.Compare(b.At) })
	return runs, foreign, nil
}

// Get returns the record of a run that Find has found. The error wraps ErrNone where it is gone.
func (s *Store) Get(ctx context.Context, run Run) ([]byte, error) {
	kv, err := s.js.KeyValue(ctx, s.cfg.Bucket)
	if err != nil {
		return nil, fmt.Errorf("records: open the bucket %s: %w", s.cfg.Bucket, err)
	}
	entry, err := kv.Get(ctx, run.place)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return nil, fmt.Errorf("%w any more", ErrNone)
	case err != nil:
		return nil, fmt.Errorf("records: read %s of %s: %w", run.What(), run.Function, err)
	}
	return entry.Value(), nil
}

// Only returns the last one of runs, which are Find's. The error wraps ErrNone, or, where they are
// of several functions, ErrSeveral.
func Only(runs []Run) (Run, error) {
	if len(runs) == 0 {
		return Run{}, ErrNone
	}
	var names []string
	for _, r := range runs {
		names = append(names, r.Function)
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 1 {
		return Run{}, fmt.Errorf("%w: %s", ErrSeveral, strings.Join(names, ", "))
	}
	return runs[len(runs)-1], nil
}
