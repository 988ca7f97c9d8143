package chaos

import (
	"context"
	"sync"
	"time"
)

// window is a stretch of time.
type window struct{ from, to time.Time }

// overlaps reports whether the two have a moment in common.
func (a window) overlaps(b window) bool { return !a.from.After(b.to) && !b.from.After(a.to) }

// begins notes that a fault happens now.
func (w *world) begins(format string, args ...any) {
	w.say("  "+format, args...)
	if w.evidence.trouble.from.IsZero() {
		w.evidence.trouble.from = time.Now()
	}
}

// victim notes that m may take calls from then on and not answer them; without an end
// until all is in order.
func (w *world) victim(m *member, from, to time.Time) {
	if w.evidence.victims == nil {
		w.evidence.victims = map[string]window{}
	}
	w.evidence.victims[m.name] = window{from, to}
}

// detected waits until a live member sees none of the gone alive, and then until all do.
func (w *world) detected(ctx context.Context, viewers []*member, gone ...*member) error {
	began := w.faultAt
	if began.IsZero() {
		began = w.evidence.trouble.from
	}
	pending := append([]*member(nil), viewers...)
	w.promised(until(ctx, func(ctx context.Context) error {
		for i := 0; i < len(pending); i++ {
			states, err := w.view(ctx, pending[i].name)
			if err != nil {
				return err
			}
			if n := present(states, gone); n > 0 {
				continue
			}
			if w.figures.first < 0 {
				w.figures.first = time.Since(began)
			}
			pending = append(pending[:i], pending[i+1:]...)
			i--
		}
		if len(pending) > 0 {
			return errUndetected
		}
		w.figures.detected = time.Since(began)
		return nil
	}))
	return ctx.Err()
}

func present(states map[string]string, gone []*member) int {
	n := 0
	for _, m := range gone {
		if s := states[m.name]; s == "alive" || s == "suspect" {
			n++
		}
	}
	return n
}

// recovered waits until all is in order; over is when the fault was, which is what its
// times count from.
func (w *world) recovered(ctx context.Context, over time.Time) error {
	steps := []struct {
		to    *time.Duration
		check func(context.Context) error
		err   error
	}{
		{to: &w.figures.converged, check: func(ctx context.Context) error { return w.agreed(ctx) }},
		{to: &w.figures.shares, check: w.sharesFit},
		{to: &w.figures.solo, check: w.soloAnswers},
	}
	var all sync.WaitGroup // each by itself, so that none is timed by the one before
	for i := range steps {
		s := &steps[i]
		all.Go(func() {
			if s.err = until(ctx, s.check); s.err == nil {
				*s.to = time.Since(over)
			}
		})
	}
	all.Wait()
	for _, s := range steps {
		w.promised(s.err)
	}
	// What was sent until now may still be answered with the fault's outcome.
	w.evidence.trouble.to = time.Now()
	return ctx.Err()
}

// promised notes that the cluster did not come together where err is not that of a run
// that was ended from outside.
func (w *world) promised(err error) {
	if err != nil {
		w.broke(convergence, "%s", err)
	}
}

// broke notes a promise that is broken.
func (w *world) broke(p Promise, format string, args ...any) {
	w.faults = append(w.faults, broken(p, format, args...))
}
