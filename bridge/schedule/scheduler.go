package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/jsruntime/function/cron"
)

// Scheduler publishes what is due. Make one with New.
type Scheduler struct {
	cfg  Config
	deps Deps
	log  *slog.Logger
	js   jetstream.JetStream

	ready   atomic.Bool
	counts  counts
	changed chan struct{} // holds one: entries differ from what the goroutine knows
	stop    context.CancelFunc
	ended   sync.WaitGroup

	mu sync.Mutex
	// plans are what is kept, by key; guarded by mu.
	plans map[string]plan
	// began: Set was called; guarded by mu.
	began bool

	stream jetstream.Stream // as of the last turn; the goroutine's
}

// plan is one entry, and what is known of it.
type plan struct {
	entry Entry
	spec  *cron.Spec
	key   string
	*record
}

// record is what is known of a schedule. It belongs to the goroutine.
type record struct {
	// added: it came while this member was running, so that no earlier time counts.
	added bool
	// known: last and sequence are what the stream says, as far as this member has heard.
	known bool
	// last is the newest time that was dealt with.
	last time.Time
	// sequence is that of the newest message; 0 is none.
	sequence uint64
}

// New returns a Scheduler that keeps no schedule yet. The error wraps ErrInvalidConfig.
func New(cfg Config, deps Deps) (*Scheduler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if deps.Conn == nil {
		return nil, fmt.Errorf("%w: Deps.Conn is required", ErrInvalidConfig)
	}
	js, err := jetstream.New(deps.Conn)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	if deps.Ready == nil {
		deps.Ready = func() {}
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Scheduler{cfg: cfg, deps: deps, log: deps.Logger, js: js, changed: make(chan struct{}, 1), stop: stop, plans: map[string]plan{}}
	s.ended.Go(func() { s.run(ctx) })
	return s, nil
}

// Set has these schedules kept, and no others. It returns at once.
//
// What the first call names goes on where the cluster left it. A schedule that a later
// call adds begins then: that it was not there before is nothing missed.
func (s *Scheduler) Set(entries []Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	plans := make(map[string]plan, len(entries))
	for _, e := range entries {
		spec, err := e.Schedule.Spec()
		if err != nil {
			s.log.Error("a schedule cannot be kept", slog.String("function", e.Function), slog.Any("error", err))
			continue
		}
		key := e.Function + "." + e.Schedule.ID()
		p := plan{entry: e, spec: spec, key: key, record: s.plans[key].record}
		if p.record == nil {
			p.record = &record{added: s.began}
		}
		plans[key] = p
	}
	s.plans, s.began = plans, true
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Ready reports whether the stream was found or made.
func (s *Scheduler) Ready() bool { return s.ready.Load() }

// Close publishes nothing more, and returns when that is so. It is idempotent.
func (s *Scheduler) Close() {
	s.stop()
	s.ended.Wait()
}

// run takes turns until ctx is done.
func (s *Scheduler) run(ctx context.Context) {
	timer := time.NewTimer(s.cfg.Look)
	defer timer.Stop()
	failing, retry := false, s.cfg.Retry
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-timer.C:
		}
		if len(s.current()) == 0 {
			timer.Reset(s.cfg.Look)
			continue
		}
		wait, err := s.turn(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.counts.faulty(err)
			if !failing {
				s.log.Error("schedules are not kept; this is tried again, and what is missed is dealt with as the manifests say", slog.Any("error", err))
			}
			failing, wait, retry = true, retry, min(2*retry, s.cfg.MaxRetry)
		case failing:
			s.counts.faulty(nil)
			s.log.Info("schedules are kept again")
			failing, retry = false, s.cfg.Retry
		}
		timer.Reset(wait)
	}
}

func (s *Scheduler) current() []plan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.plans))
}

// turn publishes what is due, and returns how long nothing will be.
func (s *Scheduler) turn(ctx context.Context) (time.Duration, error) {
	now, err := s.clock(ctx)
	if err != nil {
		return 0, err
	}
	asked := time.Now()
	wait := s.cfg.Look
	var errs []error
	// The clock first: what is taken away after this line was still kept then.
	for _, p := range s.current() {
		if err := s.keep(ctx, p, now); err != nil {
			errs = append(errs, fmt.Errorf("function %s, %s: %w", p.entry.Function, p.spec, err))
			continue
		}
		// What was due meanwhile is found in the next turn, which then comes at once.
		if next := p.spec.Next(now); !next.IsZero() {
			wait = min(wait, next.Sub(now))
		}
	}
	return max(wait-time.Since(asked), shortest), errors.Join(errs...)
}

// shortest keeps turns apart where the server's clock is a little behind.
const shortest = 5 * time.Millisecond
