package deadletter

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config says which stream.
type Config struct {
	// Stream is its name. Default ISOLANE_DLQ.
	Stream string
	// Subjects are what it takes, where it is made here. Default dlq.>.
	Subjects []string
	// Replicas of the stream in a NATS cluster, where it is made here. Default 1.
	Replicas int
	// Duplicates is for how long the server knows a letter that it has, where the
	// stream is made here. Default an hour: longer than a message is tried again whose
	// letter was stored without an answer.
	Duplicates time.Duration
}

// DefaultConfig is the box of a node that was told nothing.
func DefaultConfig() Config {
	return Config{Stream: "ISOLANE_DLQ", Subjects: []string{"dlq.>"}, Replicas: 1, Duplicates: time.Hour}
}

// Box is the stream of dead letters.
type Box struct {
	js  jetstream.JetStream
	cfg Config
}

// New returns the box without a look at the server.
func New(js jetstream.JetStream, cfg Config) *Box { return &Box{js: js, cfg: cfg} }

// Make makes the stream where there is none. One that is there stays as it is.
//
// It refuses new letters when it is full (discard new), where its owner gave it a
// limit: a letter that is refused keeps its message in its own stream.
func (b *Box) Make(ctx context.Context) error {
	_, err := b.js.Stream(ctx, b.cfg.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = b.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: b.cfg.Stream, Subjects: b.cfg.Subjects, Description: "messages that functions of Isolane could not handle",
			Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew,
			Replicas: b.cfg.Replicas, Duplicates: b.cfg.Duplicates, AllowDirect: true,
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			err = nil // another node was faster
		}
	}
	if err != nil {
		return fmt.Errorf("deadletter: make the stream %s: %w", b.cfg.Stream, err)
	}
	return nil
}

// Put files a letter and returns when the server has stored it, or has it already.
func (b *Box) Put(ctx context.Context, l *Letter) error {
	msg, err := l.Message(b.js.Conn().MaxPayload())
	if err != nil {
		return err
	}
	_, err = b.js.PublishMsg(ctx, msg)
	if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse) {
		if err := b.Make(ctx); err != nil {
			return err
		}
		_, err = b.js.PublishMsg(ctx, msg)
	}
	if err != nil {
		return fmt.Errorf("deadletter: publish to %s: %w", l.Box, err)
	}
	return nil
}

// stream finds the box. The error is ErrNoBox where there is none.
func (b *Box) stream(ctx context.Context) (jetstream.Stream, error) {
	s, err := b.js.Stream(ctx, b.cfg.Stream)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return nil, ErrNoBox
	case err != nil:
		return nil, fmt.Errorf("deadletter: find the stream %s: %w", b.cfg.Stream, err)
	}
	return s, nil
}

// Get returns the letter with a number.
func (b *Box) Get(ctx context.Context, number uint64) (*Letter, error) {
	s, err := b.stream(ctx)
	if err != nil {
		return nil, err
	}
	return b.get(ctx, s, number)
}

func (b *Box) get(ctx context.Context, s jetstream.Stream, number uint64) (*Letter, error) {
	raw, err := s.GetMsg(ctx, number)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil, fmt.Errorf("%w: %d", ErrNotFound, number)
	case err != nil:
		return nil, fmt.Errorf("deadletter: get %d: %w", number, err)
	}
	return filed(raw)
}

func filed(raw *jetstream.RawStreamMsg) (*Letter, error) {
	l, err := Read(raw.Subject, raw.Header, raw.Data)
	if err != nil {
		return nil, fmt.Errorf("message %d: %w", raw.Sequence, err)
	}
	l.Number, l.Filed = raw.Sequence, raw.Time
	return l, nil
}

// Filter picks letters; the zero value picks all.
type Filter struct {
	// Function and Stream are names, "" for any.
	Function, Stream string
}

func (f Filter) picks(l *Letter) bool {
	return (f.Function == "" || f.Function == l.Function) && (f.Stream == "" || f.Stream == l.Stream)
}

// All yields the letters that f picks and that were in the box when it was called, the
// oldest first. A message that is no letter of ours is yielded as an error that wraps
// ErrForeign, and the rest goes on; any other error ends it.
func (b *Box) All(ctx context.Context, f Filter) iter.Seq2[*Letter, error] {
	return func(yield func(*Letter, error) bool) {
		s, err := b.stream(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		last := s.CachedInfo().State.LastSeq
		for next := s.CachedInfo().State.FirstSeq; next <= last && next > 0; {
			raw, err := s.GetMsg(ctx, next, jetstream.WithGetMsgSubject(">"))
			if errors.Is(err, jetstream.ErrMsgNotFound) {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("deadletter: get the letter from %d on: %w", next, err))
				return
			}
			next = raw.Sequence + 1
			l, err := filed(raw)
			if raw.Sequence > last || (err != nil || f.picks(l)) && !yield(l, err) {
				return
			}
		}
	}
}

// Drop takes a letter out for good.
func (b *Box) Drop(ctx context.Context, number uint64) error {
	s, err := b.stream(ctx)
	if err != nil {
		return err
	}
	err = s.DeleteMsg(ctx, number)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return fmt.Errorf("%w: %d", ErrNotFound, number)
	case err != nil:
		return fmt.Errorf("deadletter: drop %d: %w", number, err)
	}
	return nil
}
