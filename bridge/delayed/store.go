package delayed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The headers of a message that waits. They begin with Isolane-, which is not a function's to
// set, and are taken off when it is published.
const (
	headerSubject = "Isolane-Delayed-Subject"
	headerID      = "Isolane-Delayed-Id"
)

// The headers of the server's schedules.
const (
	headerSchedule = "Nats-Schedule"
	headerTarget   = "Nats-Schedule-Target"
)

// When says when a message is to be published: at a time of the server's clock, or after a
// while from now.
type When struct {
	// At counts where it is not zero. A time that has passed is now.
	At time.Time
	// After counts else.
	After time.Duration
}

// Store files messages for later. Make one with New.
type Store struct {
	js  jetstream.JetStream
	cfg Config

	mu sync.Mutex
	// server is the server's time when it was last told, asked is when that was, on this
	// node's monotonic clock; asked is zero before. Guarded by mu.
	server, asked time.Time
}

// New returns a store on conn, which stays the caller's. It asks the server nothing.
func New(conn *nats.Conn, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	js, err := jetstream.New(conn)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	return &Store{js: js, cfg: cfg}, nil
}

// Put files msg, which has a Nats-Msg-Id, to be published to its subject, and returns when
// the server has stored it, or had it already. The errors are ErrTooFar, ErrNoSchedules, and
// those of jetstream.
func (s *Store) Put(ctx context.Context, msg *nats.Msg, when When) (*jetstream.PubAck, error) {
	now, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	at := when.At
	if at.IsZero() {
		at = now.Add(when.After)
	}
	if at.Sub(now) > MaxDelay {
		return nil, fmt.Errorf("%w: %s, and %s is the longest", ErrTooFar, at.UTC().Format(time.RFC3339), MaxDelay)
	}
	filed := s.filed(msg, at)
	ack, err := s.js.PublishMsg(ctx, filed)
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		s.forget() // the stream was deleted
		if _, err = s.now(ctx); err == nil {
			ack, err = s.js.PublishMsg(ctx, filed)
		}
	}
	if errors.Is(err, jetstream.ErrMessageSchedulesDisabled) {
		s.forget()
		return nil, s.noSchedules()
	}
	if err != nil {
		return nil, fmt.Errorf("delayed: store a message for %s: %w", msg.Subject, err)
	}
	return ack, nil
}

// filed is msg as it waits.
func (s *Store) filed(msg *nats.Msg, at time.Time) *nats.Msg {
	id := msg.Header.Get(jetstream.MsgIDHeader)
	sum := sha256.Sum256([]byte(id))
	digest := hex.EncodeToString(sum[:16])
	filed := &nats.Msg{Subject: s.cfg.Prefix + ".at." + digest, Data: msg.Data, Header: make(nats.Header, len(msg.Header)+4)}
	maps.Copy(filed.Header, msg.Header)
	filed.Header[headerSubject] = []string{msg.Subject}
	filed.Header[headerID] = []string{id}
	filed.Header[headerSchedule] = []string{"@at " + at.UTC().Format(time.RFC3339Nano)}
	filed.Header[headerTarget] = []string{s.cfg.Prefix + ".due." + digest}
	filed.Header[jetstream.ExpectedStreamHeader] = []string{s.cfg.Stream}
	return filed
}

// now is the server's time. It asks for it where that was long ago, and then makes the stream
// where there is none.
func (s *Store) now(ctx context.Context) (time.Time, error) {
	s.mu.Lock()
	server, asked := s.server, s.asked
	s.mu.Unlock()
	if since := time.Since(asked); !asked.IsZero() && since < s.cfg.Trust {
		return server.Add(since), nil
	}
	return s.Open(ctx)
}

// forget has the stream looked for again.
func (s *Store) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = time.Time{}
}

// Open finds the stream, makes it where there is none, and returns the server's time. The
// error is ErrNoSchedules where it cannot keep messages for later.
func (s *Store) Open(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	began := time.Now()
	stream, err := s.js.Stream(ctx, s.cfg.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = s.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: s.cfg.Stream, Subjects: []string{s.cfg.Prefix + ".>"}, Description: "messages that functions of Isolane have published for later",
			Storage: jetstream.FileStorage, Retention: jetstream.WorkQueuePolicy,
			Replicas: s.cfg.Replicas, Duplicates: s.cfg.Duplicates, AllowMsgSchedules: true, AllowRollup: true,
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			stream, err = s.js.Stream(ctx, s.cfg.Stream) // another member was faster
		}
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("delayed: open the stream %s: %w", s.cfg.Stream, err)
	}
	info := stream.CachedInfo()
	if !info.Config.AllowMsgSchedules {
		return time.Time{}, s.noSchedules()
	}
	now := info.TimeStamp
	if now.IsZero() {
		now = began // a server that does not say
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.server, s.asked = now, began
	return now, nil
}

func (s *Store) noSchedules() error {
	return fmt.Errorf("%w: %s: it wants a NATS server of version 2.12 or later; where that is there, let the stream have them (nats stream edit %s --allow-schedules), or delete it while nothing waits in it: it is made again",
		ErrNoSchedules, s.cfg.Stream, s.cfg.Stream)
}
