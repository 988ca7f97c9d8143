package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/isolane/isolane/bridge/subject"
)

// Bounds of what waits to be answered, for each of the nine subscriptions. Who asks again is
// served. A request has no payload, but somebody may send the largest there is.
const (
	maxPending      = 1024
	maxPendingBytes = 4 << 20
)

// patience bounds a round trip to the server.
const patience = 10 * time.Second

// Service answers for one node. Make one with Start.
type Service struct {
	cfg  Config
	conn *nats.Conn
	// id and version are the instance's in each answer.
	id, version string
	subs        []*nats.Subscription
	// cut is set by the first answer that does not fit, failed by the first question that has
	// none, so that the log says so once, however many ask.
	cut, failed atomic.Bool
}

// Start begins to answer, and returns when the server knows of it; within ctx, and
// 10 seconds. conn
// stays the caller's. A server that does not grant the subjects is no error, since
// functions are served all the same: the log says what to grant.
func Start(ctx context.Context, conn *nats.Conn, cfg Config) (*Service, error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{cfg: cfg, conn: conn, id: rand.Text(), version: SemVer(cfg.Version)}
	before := conn.LastError()
	for verb, answer := range map[micro.Verb]func(limit int) ([]byte, error){
		micro.PingVerb: s.ping, micro.InfoVerb: s.info, micro.StatsVerb: s.stats,
	} {
		for _, whose := range [][2]string{{"", ""}, {Name, ""}, {Name, s.id}} {
			control, err := micro.ControlSubject(verb, whose[0], whose[1])
			if err == nil {
				err = s.subscribe(control, answer)
			}
			if err != nil {
				return nil, errors.Join(fmt.Errorf("service: subscribe for %s: %w", verb, err), s.Close())
			}
		}
	}
	flushing, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := conn.FlushWithContext(flushing)
	if err == nil {
		err = flushing.Err() // where both came, which one Flush sees is chance
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("service: have the NATS server know our subscriptions: %w", err), s.Close())
	}
	// The server answers SUB and PING in order, so that a refusal is known here. It comes
	// as the connection's last error, made anew each time.
	//nolint:errorlint // identity is meant: is this error a new one?
	if after := conn.LastError(); after != before && errors.Is(after, nats.ErrPermissionViolation) {
		cfg.Logger.Warn("functions are served, but nats micro does not see all of this node: grant its user to subscribe to $SRV.> in the server's configuration",
			slog.Any("error", after))
	}
	return s, nil
}

func (s *Service) subscribe(control string, answer func(limit int) ([]byte, error)) error {
	sub, err := s.conn.Subscribe(control, func(msg *nats.Msg) { s.respond(msg, answer) })
	if err != nil {
		return err
	}
	s.subs = append(s.subs, sub)
	return sub.SetPendingLimits(maxPending, max(maxPendingBytes, int(s.conn.MaxPayload())))
}

// respond ignores the payload, as the convention has it, and who cannot be answered.
func (s *Service) respond(msg *nats.Msg, answer func(limit int) ([]byte, error)) {
	if msg.Reply == "" || subject.ValidateReply(msg.Reply) != nil {
		return
	}
	body, err := answer(int(s.conn.MaxPayload()))
	if err == nil {
		err = s.conn.Publish(msg.Reply, body)
	}
	if err != nil && !s.failed.Swap(true) {
		s.cfg.Logger.Warn("a question for the NATS service was not answered", slog.String("subject", msg.Subject), slog.Any("error", err))
	}
}

// Close ends the answers. It is idempotent.
func (s *Service) Close() error {
	var errs []error
	for _, sub := range s.subs {
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrBadSubscription) && !errors.Is(err, nats.ErrConnectionClosed) {
			errs = append(errs, fmt.Errorf("service: unsubscribe from %s: %w", sub.Subject, err))
		}
	}
	return errors.Join(errs...)
}
