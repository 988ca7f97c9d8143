package chaos

import (
	"context"
	"time"
)

// monotonicAhead is by how many seconds the third member's monotonic clock is ahead.
const monotonicAhead = "1000000"

// prepareClocks gives one member a time namespace, where that can be had.
func prepareClocks(_ context.Context, w *world) error {
	if !timeNamespaces() {
		w.notes = append(w.notes, "no time namespaces here: the monotonic clocks are the same")
		return nil
	}
	m := w.members[len(w.members)-1]
	m.spot.Wrap = append(append([]string{}, m.spot.Wrap...), "unshare", "--time", "--monotonic", monotonicAhead, "--boottime", monotonicAhead)
	return nil
}

// actClocks sets the wall clocks of two members an hour wrong, has one of them jump while
// it runs, and kills the one that has the dedicated function.
func actClocks(ctx context.Context, w *world) error {
	w.evidence.clocksDiffer = true
	w.begins("n1 is an hour fast, n2 an hour slow; then n1 jumps back to a day slow")
	for _, step := range []struct {
		who  int
		skew time.Duration
	}{{0, time.Hour}, {1, -time.Hour}, {0, -24 * time.Hour}} {
		if err := SetWallClock(ctx, w.members[step.who].proc.PID(), step.skew); err != nil {
			return err
		}
		if err := w.bear(ctx, w.calm()); err != nil {
			return err
		}
	}
	if err := w.awaitOrder(ctx); err != nil {
		w.broke(clocksAreFree, "%s", err)
	}
	return w.killInWeather(ctx)
}
