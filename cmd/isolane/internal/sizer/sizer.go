package sizer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/isolane/isolane/actors/autoscale"
)

var (
	// ErrTotal refuses to size one node while a total is wished for its cluster.
	ErrTotal = errors.New("the cluster has a wished total of runtimes, which goes before that of one node: change it with isolane runtimes scale --total N, or take it back with --none")
	// ErrNoBounds refuses to autoscale where the configuration has no bounds for it.
	ErrNoBounds = errors.New("this node has no bounds to scale between: start it with runtimes.min (and runtimes.max)")
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("the node is ending")
)

// RangeError refuses a number of runtimes.
type RangeError struct{ N, Max int }

// Error implements error.
func (e *RangeError) Error() string {
	return fmt.Sprintf("%d runtimes: this node can have 1 to %d; runtimes.max of its configuration is the bound", e.N, e.Max)
}

// Config says between what.
type Config struct {
	// Count is how many runtimes the node has when the Sizer starts, Max how many it may
	// be scaled to by hand.
	Count, Max int
	// Auto bounds autoscaling; where Auto.Min is 0 there is none.
	Auto autoscale.Config
	// Every is how often the load is looked at.
	Every time.Duration
}

// Deps are what a Sizer works with; all are needed, but for Logger.
type Deps struct {
	// Sample is how the node is now. It is called on the Sizer's goroutine.
	Sample func() autoscale.Sample
	// Apply makes the node have n runtimes. It may block for a moment, and ends with ctx.
	Apply func(ctx context.Context, n int) error
	// Total reports whether a total is wished for the cluster.
	Total  func() bool
	Logger *slog.Logger
}

// Sizer sizes a node.
type Sizer struct {
	cfg    Config
	deps   Deps
	cancel context.CancelFunc
	done   sync.WaitGroup
	kick   chan struct{}

	mu     sync.Mutex
	want   int  // guarded by mu, as all below
	auto   bool // by the load
	closed bool
}

// Start begins to size a node, which has cfg.Count runtimes now. It scales by the load
// from the beginning where cfg.Auto has bounds.
func Start(cfg Config, deps Deps) (*Sizer, error) {
	if cfg.Auto.Min > 0 {
		if err := cfg.Auto.Validate(); err != nil {
			return nil, err
		}
	}
	if deps.Logger == nil {
		deps.Logger = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Sizer{cfg: cfg, deps: deps, cancel: cancel, kick: make(chan struct{}, 1), want: cfg.Count, auto: cfg.Auto.Min > 0}
	s.done.Go(func() { s.run(ctx) })
	return s, nil
}

// Wanted returns how many runtimes the node is to have, and whether its load decides that.
func (s *Sizer) Wanted() (n int, auto bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.want, s.auto
}

// Scale has the node have n runtimes from now on, until it restarts or Auto is called. It
// returns what it had to have before, and does not wait. The error is ErrTotal, ErrClosed
// or a *RangeError.
func (s *Sizer) Scale(n int) (before int, err error) {
	if n < 1 || n > s.cfg.Max {
		return 0, &RangeError{N: n, Max: s.cfg.Max}
	}
	return s.set(func() error {
		s.want, s.auto = n, false
		return nil
	})
}

// Auto has the load decide again. The error is ErrTotal, ErrClosed or ErrNoBounds.
func (s *Sizer) Auto() (before int, err error) {
	return s.set(func() error {
		if s.cfg.Auto.Min == 0 {
			return ErrNoBounds
		}
		s.auto = true
		return nil
	})
}

func (s *Sizer) set(change func() error) (before int, err error) {
	if s.deps.Total() {
		return 0, ErrTotal
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, ErrClosed
	}
	before = s.want
	if err := change(); err != nil {
		return 0, err
	}
	select {
	case s.kick <- struct{}{}:
	default:
	}
	return before, nil
}

// Close ends it, and leaves the runtimes as they are. It is idempotent.
func (s *Sizer) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.done.Wait()
}

func (s *Sizer) run(ctx context.Context) {
	var ticks <-chan time.Time
	if s.cfg.Auto.Min > 0 {
		ticker := time.NewTicker(s.cfg.Every)
		defer ticker.Stop()
		ticks = ticker.C
	}
	var state autoscale.State
	have := s.cfg.Count
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.kick:
		case <-ticks:
			s.look(&state)
		}
		if n, auto := s.Wanted(); n != have && !s.deps.Total() {
			s.apply(ctx, have, n, auto)
			have = n
		}
	}
}

// look decides by the load, where that is what decides.
func (s *Sizer) look(state *autoscale.State) {
	sample := s.deps.Sample()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.auto || s.deps.Total() {
		*state = autoscale.State{}
		return
	}
	sample.Runtimes = s.want // what is being started counts, and what drains does not
	s.want = state.Decide(s.cfg.Auto, sample)
}

// patience is how long a change of the runtimes is waited for: what was begun goes on.
const patience = time.Second

func (s *Sizer) apply(ctx context.Context, from, to int, auto bool) {
	s.deps.Logger.Info("runtimes of this node change", slog.Int("from", from), slog.Int("to", to), slog.Bool("by_load", auto))
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.deps.Apply(waiting, to); err != nil && waiting.Err() == nil {
		s.deps.Logger.Warn("the runtimes could not all be changed", slog.Int("to", to), slog.Any("error", err))
	}
}
