package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// prepareHanded has n1 get all calls, and hand most of them on to the others.
func prepareHanded(_ context.Context, w *world) error {
	w.env = []string{neverShed, "ISOLANE_CLUSTER_SPILL_AT=1", "ISOLANE_RUNTIMES_MAX_INFLIGHT=1", "ISOLANE_LIMITS_INFLIGHT=1"}
	w.cfg.Rate *= 2 // more than one member's two runtimes can do
	for _, m := range w.members[1:] {
		m.env = append(m.env, elsewhere)
	}
	return nil
}

// actHanded kills a member that calls are handed on to: the one that took them from NATS
// lives, so none may be without an answer.
func actHanded(ctx context.Context, w *world) error {
	gone := w.members[1+w.rnd.IntN(len(w.members)-1)]
	w.begins("kill -9 of %s, which runs what n1 hands on", gone.name)
	w.evidence.answersDue = true
	handed := 0
	for _, r := range w.ledger.all() {
		if r.Node == gone.name {
			handed++
		}
	}
	w.notes = append(w.notes, fmt.Sprintf("%d calls had been handed on to it", handed))
	if handed == 0 {
		return errors.New("nothing was handed on: the fault hit nobody")
	}
	if err := w.kill(ctx, gone); err != nil {
		return err
	}
	// The calls that it had end when its connection does, at once.
	w.victim(gone, w.evidence.trouble.from, time.Time{})
	if err := w.detected(ctx, w.live(), gone); err != nil {
		return err
	}
	return w.recovered(ctx, w.evidence.trouble.from)
}
