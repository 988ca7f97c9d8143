package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/records"
	"github.com/isolane/isolane/cmd/isolane/internal/replay"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/tape"
)

// The headers that a message of a stream has for functions, beside its own.
const (
	headerStream   = "Nats-Stream"
	headerSequence = "Nats-Sequence"
	headerStored   = "Nats-Time-Stamp"
)

// target is the message that is to be run again, and what ran it, as far as that is known.
type target struct {
	message           *function.Invocation
	stream            string
	sequence          uint64
	function, version string
}

func (t target) place() string { return t.stream + ":" + strconv.FormatUint(t.sequence, 10) }

// find has what is to be run: the message, its record and the function. place names it.
func (f replayFlags) find(ctx context.Context, conn *nats.Conn, js jetstream.JetStream, args []string) (cfg replay.Config, place string, err error) {
	t, err := f.target(ctx, js, args)
	if err != nil {
		return cfg, "", err
	}
	cfg = replay.Config{Live: f.live, Env: map[string]string{}, Message: t.message}
	for _, pair := range f.env {
		name, value, _ := strings.Cut(pair, "=")
		cfg.Env[name] = value
	}
	data, ran, err := records.New(js, records.DefaultConfig()).Get(ctx, t.stream, t.sequence, t.function)
	switch {
	case errors.Is(err, records.ErrSeveral):
		return cfg, "", &usageError{err: fmt.Errorf("%s: %w: say which with --function", t.place(), err)}
	case errors.Is(err, records.ErrNone) && !f.live:
		return cfg, "", &usageError{err: fmt.Errorf("%s: %w: its function's manifest has to say record: failures, or all, before it is run, and records go after %s; "+
			"--live runs it without one", t.place(), err, shownDays(records.DefaultConfig().TTL))}
	case err != nil && !errors.Is(err, records.ErrNone):
		return cfg, "", err
	case err == nil:
		if cfg.Tape, err = tape.Decode(data); err != nil {
			return cfg, "", fmt.Errorf("the record of %s: %w", t.place(), err)
		}
		if stored := cfg.Tape.Header.Get(headerStored); stored != "" && stored != t.message.Header.Get(headerStored) {
			return cfg, "", &usageError{err: fmt.Errorf("the record of %s is of another message: one that was stored at %s, in a stream of this name that is no more", t.place(), stored)}
		}
		t.version = cfg.Tape.Version
	}
	cfg.Function, err = f.load(ctx, conn, js, cmp.Or(ran, t.function), t.version)
	return cfg, t.place(), err
}

// shownDays is a whole number of days in words.
func shownDays(d time.Duration) string { return fmt.Sprintf("%d days", d/(24*time.Hour)) }

// target finds the message: in its stream, or among the dead letters.
func (f replayFlags) target(ctx context.Context, js jetstream.JetStream, args []string) (target, error) {
	box := deadletter.New(js, deadletter.DefaultConfig())
	if f.letter > 0 {
		l, err := box.Get(ctx, f.letter)
		if errors.Is(err, deadletter.ErrNotFound) || errors.Is(err, deadletter.ErrNoBox) {
			return target{}, &usageError{err: err}
		}
		if err != nil {
			return target{}, err
		}
		return lettered(l), nil
	}
	name, sequence, err := placeOf(args[0])
	if err != nil {
		return target{}, &usageError{err: err}
	}
	s, err := js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrInvalidStreamName) {
		return target{}, &usageError{err: fmt.Errorf("there is no stream %s: %w", name, err)}
	}
	if err != nil {
		return target{}, fmt.Errorf("find the stream %s: %w", name, err)
	}
	raw, err := s.GetMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return f.buried(ctx, box, name, sequence)
	}
	if err != nil {
		return target{}, fmt.Errorf("get %s: %w", args[0], err)
	}
	return target{
		message: delivered("replay", name, sequence, raw.Time, raw.Subject, function.Header(raw.Header), raw.Data),
		stream:  name, sequence: sequence, function: f.function,
	}, nil
}

// lettered is the message of a dead letter.
func lettered(l *deadletter.Letter) target {
	return target{
		message: delivered(l.Invocation, l.Stream, l.Sequence, l.Stored, l.Subject, l.Header, l.Payload),
		stream:  l.Stream, sequence: l.Sequence, function: l.Function, version: l.Version,
	}
}

// buried looks for a message, which its stream has no more, among the dead letters.
func (f replayFlags) buried(ctx context.Context, box *deadletter.Box, stream string, sequence uint64) (target, error) {
	for l, err := range box.All(ctx, deadletter.Filter{Function: f.function, Stream: stream}) {
		switch {
		case errors.Is(err, deadletter.ErrForeign):
		case errors.Is(err, deadletter.ErrNoBox):
			return target{}, noMessage(stream, sequence)
		case err != nil:
			return target{}, err
		case l.Sequence == sequence:
			return lettered(l), nil
		}
	}
	return target{}, noMessage(stream, sequence)
}

func noMessage(stream string, sequence uint64) error {
	return &usageError{err: fmt.Errorf("neither the stream %s nor the dead letters have message %d: it is yet to come, or was taken away", stream, sequence)}
}

// delivered is a message as a function gets it from a stream.
func delivered(id, stream string, sequence uint64, stored time.Time, subject string, header function.Header, payload []byte) *function.Invocation {
	all := function.Header{}
	maps.Copy(all, header)
	all[headerStream] = []string{stream}
	all[headerSequence] = []string{strconv.FormatUint(sequence, 10)}
	all[headerStored] = []string{stored.UTC().Format(time.RFC3339Nano)}
	return &function.Invocation{ID: id, Subject: subject, Header: all, Payload: payload, Attempt: 1, Received: time.Now()}
}
