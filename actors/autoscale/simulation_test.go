package autoscale

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// curve is how many calls come in a second, over time.
type curve func(at time.Duration) float64

// second is what a simulation saw in one.
type second struct {
	load     float64
	runtimes int
	delay    time.Duration // the longest in it
}

// simulate has runtimes serve calls of 10 ms of CPU on so many CPUs, which they share, and
// be scaled every 100 ms. A runtime takes 20 ms to start.
func simulate(cfg Config, load curve, end time.Duration) (all []second, changes int) {
	const step, cost = time.Millisecond, 10 * ms
	rng := rand.New(rand.NewPCG(9, 9))
	var s State
	var queue []time.Duration
	running := []time.Duration{} // what is left of each turn
	n := cfg.Min
	var coming []time.Duration
	busy, used, longest := 0.0, 0.0, time.Duration(0)
	turns, cpu := 0.0, 0.0 // over two seconds, as a node measures them
	average := 0.0         // of what started, as a node measures it
	for now := time.Duration(0); now < end; now += step {
		for k := load(now) * step.Seconds(); k > 0; k-- {
			if rng.Float64() < k {
				queue = append(queue, now)
			}
		}
		for len(coming) > 0 && coming[0] <= now {
			coming, n = coming[1:], n+1
		}
		for len(running) < n && len(queue) > 0 {
			longest = max(longest, now-queue[0])
			average += (float64(now-queue[0]) - average) / 8
			queue, running = queue[1:], append(running, cost)
		}
		average *= 1 - math.Ln2*step.Seconds()
		// Each that is in a turn gets its part of the CPUs.
		rate := min(1, cfg.CPUs/float64(max(len(running), 1)))
		busy += float64(len(running)) * step.Seconds()
		used += float64(len(running)) * rate * step.Seconds()
		left := running[:0]
		for _, turn := range running {
			if turn -= time.Duration(rate * float64(step)); turn > 0 {
				left = append(left, turn)
			}
		}
		running = left
		if now%(100*ms) == 0 && now > 0 {
			delay := time.Duration(average)
			if len(queue) > 0 {
				delay = max(delay, now-queue[0])
			}
			have := n + len(coming)
			if now%(2*time.Second) == 0 {
				turns, cpu, busy, used = busy/2, used/2, 0, 0
			}
			want := s.Decide(cfg, Sample{At: time.Unix(0, int64(now)), Runtimes: have, Delay: delay, Turns: turns, CPU: cpu})
			if want != have {
				changes++
			}
			for ; have < want; have++ {
				coming = append(coming, now+20*ms)
			}
			n -= have - want
			if now%time.Second == 0 {
				all = append(all, second{load(now), n, longest})
				longest = 0
			}
		}
	}
	return all, changes
}

// plot draws a simulation, a line for each tenth second or so.
func plot(all []second) string {
	var b strings.Builder
	b.WriteString("\n     s  calls/s  runtimes                  delay\n")
	for i := 0; i < len(all); i += max(1, len(all)/40) {
		s := all[i]
		fmt.Fprintf(&b, "%6d  %7.0f  %-24s  %s\n", i+1, s.load, strings.Repeat("#", s.runtimes), s.delay)
	}
	return b.String()
}

func most(all []second) (n int) {
	for _, s := range all {
		n = max(n, s.runtimes)
	}
	return n
}

// slowFor counts the seconds in which a call waited for longer than GrowAt.
func slowFor(all []second) (n int) {
	for _, s := range all {
		if s.delay > 20*ms {
			n++
		}
	}
	return n
}

// TestCurves follows loads that change. 100 calls a second keep one runtime busy.
func TestCurves(t *testing.T) {
	for _, c := range []struct {
		name    string
		load    curve
		most    [2]int // the most runtimes: between these
		slow    int    // seconds in which a call waited for over 20 ms, at most
		changes int    // at most
		last    int    // runtimes at the end, at most
	}{
		{
			"step", func(at time.Duration) float64 {
				if at < 20*time.Second || at > 5*time.Minute {
					return 50
				}
				return 500
			}, [2]int{6, 8}, 30, 20, 2,
		},
		{
			"spikes", func(at time.Duration) float64 {
				if at%time.Minute < 2*time.Second && at > time.Second {
					return 600
				}
				return 50
			}, [2]int{4, 8}, 60, 40, 8,
		},
		{
			"sinus", func(at time.Duration) float64 {
				return 300 - 280*math.Cos(at.Seconds()*2*math.Pi/300)
			}, [2]int{6, 8}, 120, 60, 8,
		},
		{
			"too much", func(time.Duration) float64 { return 1500 }, [2]int{8, 8}, 600, 5, 8,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config()
			cfg.Min = 1
			all, changes := simulate(cfg, c.load, 10*time.Minute)
			t.Log(plot(all))
			t.Logf("%d changes, %d slow seconds", changes, slowFor(all))
			require.GreaterOrEqual(t, most(all), c.most[0])
			require.LessOrEqual(t, most(all), c.most[1])
			require.LessOrEqual(t, slowFor(all), c.slow)
			require.LessOrEqual(t, changes, c.changes)
			require.LessOrEqual(t, all[len(all)-1].runtimes, c.last)
		})
	}
}
