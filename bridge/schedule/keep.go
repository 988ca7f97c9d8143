package schedule

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/jsruntime/function"
)

// The headers of a message that a schedule made. They do not begin with Isolane, since
// those are not sent again with a dead letter.
const (
	// HeaderDue is the due time, RFC 3339 in UTC.
	HeaderDue = "Schedule-Due"
	// HeaderSchedule is the expression.
	HeaderSchedule = "Schedule-Cron"
)

// tries bounds how often a member that others overtake asks anew in one turn.
const tries = 10

// keep publishes what is due of p.
func (s *Scheduler) keep(ctx context.Context, p plan, now time.Time) error {
	err := errBehind
	for range tries {
		if !p.known || p.added {
			if err := s.learn(ctx, p, now); err != nil {
				return err
			}
		}
		if err = s.publishDue(ctx, p, now); !errors.Is(err, errBehind) {
			return err
		}
		p.known = false // another member was faster: what has it published?
	}
	return err
}

func (s *Scheduler) publishDue(ctx context.Context, p plan, now time.Time) error {
	for _, due := range Due(p.spec, p.entry.Schedule.Missed, p.last, now, s.cfg.Late) {
		text := due.Format(time.RFC3339)
		if skip, err := s.skips(ctx, p); err != nil || skip {
			if err == nil {
				err = s.mark(ctx, p, due)
			}
			if err != nil {
				return err
			}
			p.last = due
			s.counts.leftOut.Add(1)
			s.log.Info("a time of a schedule is left out, since the run before goes on or waits",
				slog.String("function", p.entry.Function), slog.String("schedule", p.spec.String()), slog.String("due", text))
			continue
		}
		msg := nats.NewMsg(s.subject(p.key, "due"))
		msg.Data = []byte(p.entry.Schedule.Payload)
		msg.Header.Set(HeaderDue, text)
		msg.Header.Set(HeaderSchedule, p.spec.String())
		sequence, err := s.publish(ctx, msg, p.entry.Function+"/"+p.entry.Schedule.ID()+"/"+text, p.sequence)
		if err != nil {
			return err
		}
		p.last = due
		if sequence > 0 {
			p.sequence = sequence
			s.counts.published.Add(1)
		}
		s.log.Debug("a schedule was due", slog.String("function", p.entry.Function), slog.String("schedule", p.spec.String()), slog.String("due", text))
	}
	return nil
}

// skips reports whether what is due now is left out.
func (s *Scheduler) skips(ctx context.Context, p plan) (bool, error) {
	if p.entry.Schedule.Overlap != function.OverlapSkip || s.deps.Busy == nil {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	return s.deps.Busy(ctx, p.entry.Function)
}

// learn asks the stream what was dealt with last. Where it knows nothing of p, or p was
// added now, it is told that times count from now on.
func (s *Scheduler) learn(ctx context.Context, p plan, now time.Time) error {
	newest, err := s.newest(ctx, s.subject(p.key, "due"))
	if err != nil {
		return err
	}
	since, err := s.newest(ctx, s.subject(p.key, "since"))
	if err != nil {
		return err
	}
	p.last, p.sequence = time.Time{}, 0
	if newest != nil {
		p.last, p.sequence = dealtWith(newest.Header, newest.Time), newest.Sequence
	}
	if since != nil {
		if from := dealtWith(since.Header, since.Time); from.After(p.last) {
			p.last = from
		}
	}
	if p.last.IsZero() || p.added && p.last.Before(now) {
		if err := s.mark(ctx, p, now); err != nil {
			return err
		}
		p.last = now
	}
	if p.last.After(now.Add(s.cfg.Late)) {
		s.counts.ahead.Add(1)
		s.log.Warn("a schedule has a time on record that is yet to come, as if the NATS server's clock had been put back; nothing is due until then. nats stream purge forgets it",
			slog.String("function", p.entry.Function), slog.String("schedule", p.spec.String()), slog.Time("until", p.last),
			slog.String("subject", s.subject(p.key, "*")))
	}
	p.known, p.added = true, false
	return nil
}

// dealtWith is up to when times were dealt with, where a message is the newest. One that
// was sent again out of the dead letters names an old time: all up to when it was stored
// were dealt with before. So it is with what was not published here.
func dealtWith(h nats.Header, stored time.Time) time.Time {
	due, err := time.Parse(time.RFC3339Nano, h.Get(HeaderDue))
	if err != nil || h.Get(deadletter.HeaderOnly) != "" {
		return stored
	}
	return due
}
