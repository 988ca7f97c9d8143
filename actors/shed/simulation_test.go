package shed

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// outcome is what a simulation counts.
type outcome struct {
	served, refused int
	// busy is the part of the time that the server was, slowest the longest wait of what
	// was served after the first two seconds.
	busy    float64
	slowest time.Duration
}

// simulate has one server, at 5 ms a call, serve what comes by chance, so many times its
// capacity at each time, for 20 s.
func simulate(load func(now time.Duration) float64, policy Config) outcome {
	const end, cost, tick = 20 * time.Second, 5 * ms, 100 * time.Microsecond
	rng := rand.New(rand.NewPCG(5, 5))
	var s State
	var queue []time.Duration
	var out outcome
	free, worked := time.Duration(0), time.Duration(0)
	for now := time.Duration(0); now < end; now += tick {
		if rng.Float64() < load(now)*float64(tick)/float64(cost) {
			oldest := time.Duration(0)
			if len(queue) > 0 {
				oldest = now - queue[0]
			}
			if s.Refuse(policy, len(queue), oldest, at(now)) {
				out.refused++
			} else {
				queue = append(queue, now)
			}
		}
		for free <= now && len(queue) > 0 {
			waited := now - queue[0]
			queue = queue[1:]
			s.Started(policy, waited, len(queue), at(now))
			free, worked = now+cost, worked+cost
			out.served++
			if now > 5*time.Second {
				out.slowest = max(out.slowest, waited)
			}
		}
	}
	out.busy = float64(worked) / float64(end)
	return out
}

// TestOverloadIsSurvived: at twice the capacity, and at ten times, the server is as busy
// as can be, nobody waits for long, and the rest is refused at once.
func TestOverloadIsSurvived(t *testing.T) {
	for _, times := range []float64{1.2, 2, 10} {
		load := func(time.Duration) float64 { return times }
		got := simulate(load, cfg)
		t.Logf("%.1f times the capacity: %+v", times, got)
		require.Greater(t, got.busy, 0.98)
		require.LessOrEqual(t, got.slowest, cfg.Target+cfg.Interval)
		without := simulate(load, Config{})
		require.Greater(t, without.slowest, 2*time.Second, "which is what shedding is for")
	}
}

// TestBurstsAreRiddenOut: what is over sooner than an interval costs nobody his call.
func TestBurstsAreRiddenOut(t *testing.T) {
	got := simulate(func(now time.Duration) float64 {
		if now%(2*time.Second) < 100*ms {
			return 2.5
		}
		return 0.6
	}, cfg)
	require.Zero(t, got.refused, "%+v", got)
	require.Greater(t, got.slowest, cfg.Target, "though they wait for long")
}

// TestOverloadEnds: when the load is gone, so is the shedding.
func TestOverloadEnds(t *testing.T) {
	got := simulate(func(now time.Duration) float64 {
		if now < 5*time.Second {
			return 3
		}
		return 0.5
	}, cfg)
	t.Logf("%+v", got)
	require.Greater(t, got.refused, 1000)
	require.Less(t, got.refused, 3*1000, "%+v: those of the first five seconds alone", got)
}
