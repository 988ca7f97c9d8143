package node

import (
	"context"
	"log/slog"
	"time"
)

// sweeper has one of the nodes delete what deploys have left behind that were killed.
type sweeper struct {
	// due sweeps where nobody has for so long, and reports whether it did.
	due func(ctx context.Context, every time.Duration) (swept int, did bool, err error)
	log *slog.Logger
	// every is how often somebody is to sweep, first when this node looks for the first time.
	every, first time.Duration

	cancel context.CancelFunc
	ended  chan struct{}
}

const (
	// firstSweep is how long after its start a node looks whether a sweep is due.
	firstSweep = time.Minute
	// looksEach is how often it does so in the time between two sweeps.
	looksEach = 8
	// sweepPatience bounds a sweep.
	sweepPatience = time.Minute
)

// startSweeping begins with it, where functions can be deployed.
func (n *Node) startSweeping(context.Context) error {
	if n.store == nil || n.cfg.Deploy.Sweep == 0 {
		return nil
	}
	n.sweeper = &sweeper{due: n.store.SweepIfDue, log: n.log, every: n.cfg.Deploy.Sweep, first: firstSweep}
	n.sweeper.start() //nolint:contextcheck // it goes on until the node stops
	return nil
}

func (s *sweeper) start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel, s.ended = cancel, make(chan struct{})
	go func() {
		defer close(s.ended)
		s.run(ctx)
	}()
}

// stop ends it. A nil sweeper was never started.
func (s *sweeper) stop() {
	if s == nil {
		return
	}
	s.cancel()
	<-s.ended
}

func (s *sweeper) run(ctx context.Context) {
	timer := time.NewTimer(s.first)
	defer timer.Stop()
	for failing := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		sweeping, cancel := context.WithTimeout(ctx, sweepPatience)
		swept, did, err := s.due(sweeping, s.every)
		cancel()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			s.log.Warn("what killed deploys left behind was not collected; functions are served, and it is tried again. Where this node's user may not write to the bucket, set deploy.sweep to 0",
				slog.Any("error", err))
		case did:
			s.log.Info("what killed deploys left behind was collected", slog.Int("objects", swept))
		}
		failing = err != nil
		timer.Reset(max(s.every/looksEach, time.Second))
	}
}
