package chaos

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// actJoin starts n members at one moment, and waits until all see all.
func actJoin(n int) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		var joining []*member
		for range n {
			spot, err := w.cfg.Ground.Spot(ctx, len(w.members))
			if err != nil {
				return err
			}
			m := &member{name: "n" + strconv.Itoa(len(w.members)+1), spot: spot}
			w.members = append(w.members, m)
			joining = append(joining, m)
		}
		w.begins("%d members are started at once", n)
		for _, m := range joining {
			if err := w.startMember(ctx, m); err != nil {
				return err
			}
		}
		if err := w.awaitReady(ctx, joining...); err != nil {
			return err
		}
		ready := time.Now()
		// As many for each as before; the wish comes with them.
		if err := w.scale(ctx, runtimesEach*len(w.members)); err != nil {
			return err
		}
		w.notes = append(w.notes, fmt.Sprintf("the last of %d processes is ready after %s; the times count from there", n, ready.Sub(w.evidence.trouble.from).Round(100*time.Millisecond)))
		return w.recovered(ctx, ready)
	}
}
