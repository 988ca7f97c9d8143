package schedule

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
)

// Kind is that of the stream triggers that run functions for their schedules.
const Kind = "schedule"

// Trigger is the stream trigger that runs a function for its schedules, of which it has one
// at least; they agree in what is said of runs.
func (c Config) Trigger(name string, schedules []function.Schedule) function.Stream {
	s := function.Stream{
		Name: c.Stream, Subject: function.Pattern(c.Prefix + "." + name + ".*.due"), Deliveries: schedules[0].Deliveries,
	}
	if schedules[0].Overlap == function.OverlapQueue {
		s.Concurrency = 1
	}
	return s.WithDefaults(name)
}

func (s *Scheduler) subject(key, end string) string { return s.cfg.Prefix + "." + key + "." + end }

// clock finds the stream, makes it where there is none, and returns the server's time.
func (s *Scheduler) clock(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	stream, err := s.js.Stream(ctx, s.cfg.Stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		stream, err = s.js.CreateStream(ctx, jetstream.StreamConfig{
			Name: s.cfg.Stream, Subjects: []string{s.cfg.Prefix + ".>"}, Description: "due times of the schedules of Isolane's functions",
			Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardOld,
			MaxMsgsPerSubject: s.cfg.Keep, Replicas: s.cfg.Replicas, AllowRollup: true,
		})
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			stream, err = s.js.Stream(ctx, s.cfg.Stream) // another member was faster
		}
	}
	if err != nil {
		return time.Time{}, explain(err, s.cfg.Stream)
	}
	if s.ready.CompareAndSwap(false, true) {
		s.deps.Ready()
	}
	s.stream = stream
	now := stream.CachedInfo().TimeStamp
	if now.IsZero() {
		now = time.Now() // a server that does not say
	}
	if s.deps.now != nil {
		now = s.deps.now(now)
	}
	return now.UTC(), nil
}

// newest returns the newest message of a subject; nil is none.
func (s *Scheduler) newest(ctx context.Context, subject string) (*jetstream.RawStreamMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	msg, err := s.stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil, nil //nolint:nilnil // documented
	}
	return msg, explain(err, s.cfg.Stream)
}

// publish stores msg where its subject's newest message has the sequence last, and
// returns its own; 0 is that the server knows the id already. errBehind: the newest is
// another.
func (s *Scheduler) publish(ctx context.Context, msg *nats.Msg, id string, last uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	msg.Header.Set(jetstream.MsgIDHeader, id)
	msg.Header.Set(jetstream.ExpectedStreamHeader, s.cfg.Stream)
	msg.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(last, 10))
	ack, err := s.js.PublishMsg(ctx, msg, jetstream.WithRetryAttempts(0))
	switch {
	case isBehind(err):
		return 0, errBehind
	case err != nil:
		return 0, explain(err, s.cfg.Stream)
	case ack.Duplicate:
		return 0, nil
	}
	return ack.Sequence, nil
}

// mark notes that the times of p count from now on; the note before is replaced.
func (s *Scheduler) mark(ctx context.Context, p plan, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	msg := nats.NewMsg(s.subject(p.key, "since"))
	msg.Header.Set(HeaderDue, now.Format(time.RFC3339Nano))
	msg.Header.Set(HeaderSchedule, p.spec.String())
	msg.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	_, err := s.js.PublishMsg(ctx, msg, jetstream.WithExpectStream(s.cfg.Stream))
	return explain(err, s.cfg.Stream)
}

// isBehind reports whether the server refused a message since another is the newest.
func isBehind(err error) bool {
	var api jetstream.JetStreamError
	if !errors.As(err, &api) || api.APIError() == nil {
		return false
	}
	const wrongLastSequence, wrongLastSequenceNoDetail = 10071, 10164
	code := api.APIError().ErrorCode
	return code == wrongLastSequence || code == wrongLastSequenceNoDetail
}

// explain says what to do about an error of JetStream's API.
func explain(err error, stream string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount), errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("%w: start it with -js, or allow the account to use JetStream; a server that has just started may need a moment (%w)", ErrNoJetStream, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return fmt.Errorf("schedule: no answer about the stream %s: is the server there, has the stream a leader, and may this user publish to $JS.API.> and isolane.schedule.>? (%w)", stream, err)
	case bridge.NoRoom(err):
		return fmt.Errorf("schedule: the stream %s: %s (%w)", stream, bridge.RoomAdvice, err)
	default:
		return fmt.Errorf("schedule: the stream %s: %w", stream, err)
	}
}
