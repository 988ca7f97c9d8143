package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/records"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/tape"
)

// postbox is where messages are: in their streams, or among the dead letters.
type postbox struct {
	js  jetstream.JetStream
	box *deadletter.Box
}

// message is what run was of, whose record is t: what that has not is looked for.
func (p postbox) message(ctx context.Context, of target, run records.Run, t *tape.Tape) (*function.Invocation, error) {
	inv := t.Run()
	switch run.Kind {
	case records.Message:
		of.query.Stream, of.query.Sequence = run.Stream, run.Places[0]
		found, _, err := p.find(ctx, of)
		if err != nil {
			return nil, err
		}
		if err := same(run.What(), t.Header, found); err != nil {
			return nil, err
		}
		inv.Payload = found.Payload
	case records.Batch:
		return inv, p.batch(ctx, t, inv)
	case records.Call:
		if t.Left {
			return nil, &usageError{err: fmt.Errorf("%s: the arguments of the call were too long for a record, and nothing else has them", run.What())}
		}
	case records.Alarm:
	}
	return inv, nil
}

// batch looks for the messages of a batch that had no room in its record.
func (p postbox) batch(ctx context.Context, t *tape.Tape, inv *function.Invocation) error {
	for i, m := range t.Batch {
		if !m.Left {
			continue
		}
		sequence, err := strconv.ParseUint(m.Header.Get(function.HeaderSequence), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: message %d of its batch has no place in a stream", tape.ErrMalformed, i+1)
		}
		of := target{query: records.Query{Stream: m.Header.Get(function.HeaderStream), Sequence: sequence}}
		found, _, err := p.find(ctx, of)
		if err != nil {
			return fmt.Errorf("message %d of the batch, which had no room in the record: %w", i+1, err)
		}
		if err := same(of.query.Stream+":"+strconv.FormatUint(sequence, 10), m.Header, found); err != nil {
			return err
		}
		inv.Batch[i].Subject, inv.Batch[i].Header, inv.Batch[i].Payload = found.Subject, found.Header, found.Payload
	}
	return nil
}

// same refuses a message that is another one than was recorded.
func same(what string, recorded function.Header, found *function.Invocation) error {
	if stored := recorded.Get(function.HeaderStored); stored != "" && stored != found.Header.Get(function.HeaderStored) {
		return &usageError{err: fmt.Errorf("the record of %s is of another message: one that was stored at %s, in a stream of this name that is no more", what, stored)}
	}
	return nil
}

// find finds a message: the dead letter that was named, or what its stream has, or else a dead
// letter, which is returned, too.
func (p postbox) find(ctx context.Context, t target) (*function.Invocation, *deadletter.Letter, error) {
	if t.letter != nil {
		return lettered(t.letter), t.letter, nil
	}
	name, sequence := t.query.Stream, t.query.Sequence
	s, err := p.js.Stream(ctx, name)
	if errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrInvalidStreamName) {
		return nil, nil, &usageError{err: fmt.Errorf("there is no stream %s: %w", name, err)}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("find the stream %s: %w", name, err)
	}
	raw, err := s.GetMsg(ctx, sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return p.buried(ctx, t)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("get %s:%d: %w", name, sequence, err)
	}
	return delivered("replay", name, sequence, raw.Time, raw.Subject, function.Header(raw.Header), raw.Data), nil, nil
}

// lettered is the message of a dead letter.
func lettered(l *deadletter.Letter) *function.Invocation {
	return delivered(l.Invocation, l.Stream, l.Sequence, l.Stored, l.Subject, l.Header, l.Payload)
}

// buried looks for a message, which its stream has no more, among the dead letters.
func (p postbox) buried(ctx context.Context, t target) (*function.Invocation, *deadletter.Letter, error) {
	none := &usageError{err: fmt.Errorf("neither the stream %s nor the dead letters have message %d: it is yet to come, or was taken away", t.query.Stream, t.query.Sequence)}
	for l, err := range p.box.All(ctx, deadletter.Filter{Function: t.query.Function, Stream: t.query.Stream}) {
		switch {
		case errors.Is(err, deadletter.ErrForeign):
		case errors.Is(err, deadletter.ErrNoBox):
			return nil, nil, none
		case err != nil:
			return nil, nil, err
		case l.Sequence == t.query.Sequence:
			return lettered(l), l, nil
		}
	}
	return nil, nil, none
}

// delivered is a message as a function gets it from a stream.
func delivered(id, stream string, sequence uint64, stored time.Time, subject string, header function.Header, payload []byte) *function.Invocation {
	all := function.Header{}
	maps.Copy(all, header)
	all[function.HeaderStream] = []string{stream}
	all[function.HeaderSequence] = []string{strconv.FormatUint(sequence, 10)}
	all[function.HeaderStored] = []string{stored.UTC().Format(time.RFC3339Nano)}
	return &function.Invocation{ID: id, Subject: subject, Header: all, Payload: payload, Attempt: 1, Received: time.Now()}
}
