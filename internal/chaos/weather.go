package chaos

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/isolane/isolane/bridge"
)

// actLoss has members lose a part of each other's packets for d, and kills one of them
// while they do.
func actLoss(part float64, d time.Duration) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		w.begins("%.0f %% of the packets between members are lost", part*100)
		if err := w.cfg.Ground.Lose(ctx, w.indices(w.members), part); err != nil {
			return err
		}
		if err := w.bear(ctx, d); err != nil {
			return err
		}
		return w.killInWeather(ctx)
	}
}

// prepareDelay puts a relay in front of each member's ports.
func prepareDelay(delay time.Duration) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		for _, m := range w.members {
			for _, port := range []struct {
				target, variable string
				packets          bool
			}{
				{m.spot.Gossip, "ISOLANE_CLUSTER_ADVERTISE", true},
				{m.spot.Remote, "ISOLANE_CLUSTER_REMOTE_ADVERTISE", false},
			} {
				r, err := startRelay(ctx, w.cfg.Ground.Hub(), port.target, delay, port.packets)
				if err != nil {
					return err
				}
				w.closers = append(w.closers, r.close)
				w.relays = append(w.relays, r)
				m.env = append(m.env, port.variable+"="+r.address())
				if port.packets {
					w.via[m.name] = r.address()
				}
			}
		}
		return nil
	}
}

// actDelay has the load go on between members that are far from one another, and kills
// one of them.
func actDelay(d time.Duration) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		w.begins("everything between members comes late")
		if err := w.bear(ctx, d); err != nil {
			return err
		}
		return w.killInWeather(ctx)
	}
}

// bear waits for d and notes which members were taken for dead that are not.
func (w *world) bear(ctx context.Context, d time.Duration) error {
	ends := time.Now().Add(d)
	wrongly := map[string]bool{}
	for time.Now().Before(ends) {
		var mu sync.Mutex
		var asking sync.WaitGroup
		for _, m := range w.live() {
			asking.Go(func() {
				states, err := w.view(ctx, m.name)
				mu.Lock()
				defer mu.Unlock()
				for _, other := range w.live() {
					if s := states[other.name]; err == nil && s != "alive" && s != "suspect" {
						wrongly[m.name+" of "+other.name] = true
					}
				}
			})
		}
		asking.Wait()
		if err := bridge.Pause(ctx, pollEvery); err != nil {
			return err
		}
	}
	if len(wrongly) > 0 {
		var list []string
		for s := range wrongly {
			list = append(list, s)
		}
		slices.Sort(list)
		w.notes = append(w.notes, fmt.Sprintf("wrongly taken for dead in %s: %s", d, strings.Join(list, ", ")))
	} else {
		w.notes = append(w.notes, fmt.Sprintf("nobody was wrongly taken for dead in %s", d))
	}
	return nil
}

// killInWeather kills the member that has the dedicated function, and mends nothing
// before the others agree.
func (w *world) killInWeather(ctx context.Context) error {
	gone := w.pickHome(1)
	killed := time.Now()
	w.say("  kill -9 of %s", names(gone))
	w.faultAt = killed
	if err := w.kill(ctx, gone...); err != nil {
		return err
	}
	if err := w.detected(ctx, w.live(), gone...); err != nil {
		return err
	}
	if err := w.recovered(ctx, killed); err != nil {
		return err
	}
	return w.clearUp(ctx)
}

// clearUp ends losses and delays, after which every call goes well again.
func (w *world) clearUp(ctx context.Context) error {
	if err := w.cfg.Ground.Mend(ctx); err != nil {
		return err
	}
	for _, r := range w.relays {
		r.delay.Store(0)
	}
	if err := w.awaitOrder(ctx); err != nil {
		w.broke(convergence, "when it was over: %s", err)
	}
	w.evidence.trouble.to = time.Now()
	return ctx.Err()
}
