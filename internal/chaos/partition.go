package chaos

import (
	"context"
	"slices"
	"time"

	"github.com/isolane/isolane/bridge"
)

// actCut cuts the member that has the dedicated function, with some others, off from the
// rest for d, and joins them again; hub: they reach neither NATS nor the ledger meanwhile.
func actCut(few int, hub bool, d time.Duration) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		cut := w.pickHome(few)
		rest := slices.DeleteFunc(w.live(), func(m *member) bool { return slices.Contains(cut, m) })
		w.begins("%s cut off from %s for %s", names(cut), names(rest), d)
		if hub {
			for _, m := range cut {
				w.victim(m, w.evidence.trouble.from, time.Time{})
			}
		}
		mended := time.Now().Add(d)
		if err := w.cfg.Ground.Cut(ctx, w.indices(cut), w.indices(rest), hub); err != nil {
			return err
		}
		if err := w.detected(ctx, rest, cut...); err != nil {
			return err
		}
		if err := bridge.Pause(ctx, time.Until(mended)); err != nil {
			return err
		}
		if err := w.cfg.Ground.Mend(ctx); err != nil {
			return err
		}
		return w.recovered(ctx, time.Now())
	}
}

// indices are the places of members on the ground.
func (w *world) indices(members []*member) []int {
	var all []int
	for i, m := range w.members {
		if slices.Contains(members, m) {
			all = append(all, i)
		}
	}
	return all
}
