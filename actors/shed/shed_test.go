package shed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ms = time.Millisecond

var cfg = Config{Target: 100 * ms, Interval: 400 * ms, Calls: 16}

func at(d time.Duration) time.Time { return time.Unix(1000, 0).Add(d) }

func TestDecisions(t *testing.T) {
	// "120@50" is a call that has waited 120 ms when its turn comes 50 ms after the
	// beginning; "?120@50" one that comes when the oldest has waited 120 ms, and with a !
	// behind it one that is to be refused.
	for name, script := range map[string]string{
		"short waits":                    "10@0 10@100 99@500 99@1000 ?99@1000",
		"one long wait":                  "500@0 10@10 500@900 10@910 ?99@920",
		"long for less than an interval": "150@0 150@200 150@399 ?150@399",
		"long for an interval":           "150@0 150@200 150@400 ?150@401! ?100@402! ?99@403",
		"a break begins it anew":         "150@0 150@390 50@391 150@392 150@700 ?150@791 150@792 ?150@793!",
		"what was queued is served":      "900@0 900@399 900@400 200@410 199@420 ?150@421!",
		"not over as long as it refuses": "150@0 150@400 10@410 ?100@411! 10@810 ?100@811! 10@1210 ?100@1210!",
		"over when it did not":           "150@0 150@400 10@410 ?99@411 10@799 ?150@799! 10@1199 ?150@1200 199@1201",
		"begins with a refusal":          "150@0 ?150@10 ?500@11! 10@12 ?100@13! 10@413 ?150@414",
		"and begins as before":           "150@0 150@400 10@800 150@801 150@1200 ?150@1200 150@1201 ?150@1202!",
		"nothing starts at all":          "?0@0 ?300@300 ?499@499 ?500@500! ?600@600!",
	} {
		t.Run(name, func(t *testing.T) {
			var s State
			for step := range strings.FieldsSeq(script) {
				var wait, when time.Duration
				body, want := strings.CutSuffix(step, "!")
				body, comes := strings.CutPrefix(body, "?")
				var a, b int
				_, err := fmt.Sscanf(body, "%d@%d", &a, &b)
				require.NoError(t, err)
				wait, when = time.Duration(a)*ms, time.Duration(b)*ms
				var got bool
				s.last = time.Time{} // what is foreseen has a test of its own
				if comes {
					got = s.Refuse(cfg, 1, wait, at(when))
				} else {
					s.Started(cfg, wait, 1, at(when))
				}
				require.Equal(t, want, got, step)
			}
		})
	}
}

// TestNoQueueNoOverload: a call at a time, whatever keeps it.
func TestNoQueueNoOverload(t *testing.T) {
	var s State
	for i := range 100 {
		s.Started(cfg, time.Minute, 0, at(time.Duration(i)*time.Minute))
		require.False(t, s.Over())
	}
}

func TestOffShedsNothing(t *testing.T) {
	var s State
	for i := range 100 {
		s.Started(Config{}, time.Hour, 1, at(time.Duration(i)*time.Second))
		require.False(t, s.Refuse(Config{}, 1, time.Hour, at(time.Duration(i)*time.Second)))
	}
}

// TestWaitIsForeseen: by how fast calls have started while others waited.
func TestWaitIsForeseen(t *testing.T) {
	var s State
	require.Equal(t, 30*ms, s.Wait(100, 30*ms), "nothing is known")
	for i := range 20 {
		s.Started(cfg, 10*ms, 5, at(time.Duration(i)*10*ms))
	}
	require.Equal(t, 400*ms, s.Wait(40, 30*ms))
	require.Equal(t, 500*ms, s.Wait(40, 500*ms))
	s.Started(cfg, 10*ms, 0, at(200*ms))
	s.Started(cfg, 10*ms, 3, at(time.Hour))
	require.Equal(t, 400*ms, s.Wait(40, 30*ms), "a break is no gap")
	s.over = true
	require.True(t, s.Refuse(cfg, 10, 0, at(time.Hour)))
	require.False(t, s.Refuse(cfg, 9, 0, at(time.Hour)))
	require.False(t, s.Refuse(cfg, 0, time.Hour, at(time.Hour)), "nothing waits")
}

func TestScaled(t *testing.T) {
	require.Equal(t, cfg, cfg.Scaled(ms, 2))
	require.Equal(t, Config{Target: 8 * time.Second, Interval: 16 * time.Second, Calls: 16}, cfg.Scaled(time.Second, 2))
	require.Equal(t, 16*time.Second, cfg.Scaled(time.Second, 0).Target)
	require.Zero(t, Config{Calls: 16}.Scaled(time.Second, 2).Target)
}

func TestRetryAfter(t *testing.T) {
	require.Equal(t, time.Second, RetryAfter(time.Second, 0))
	require.Equal(t, time.Second, RetryAfter(time.Second, 400*ms))
	require.Equal(t, 3*time.Second, RetryAfter(time.Second, 1500*ms))
	require.Equal(t, 30*time.Second, RetryAfter(time.Second, time.Hour))
	require.Equal(t, time.Minute, RetryAfter(time.Minute, time.Hour))
}

// history is an oracle: all that it was told, searched whole by the package's words.
type history struct {
	waits   []struct{ at, waited time.Duration } // of calls whose turn came, while not overloaded
	over    bool
	refused time.Duration
}

// started takes note of what Started is told.
func (h *history) started(waited, now time.Duration) {
	if h.over {
		if now-h.refused >= cfg.Interval {
			h.over, h.waits = false, nil
		}
		return
	}
	h.waits = append(h.waits, struct{ at, waited time.Duration }{now, waited})
	if h.over = h.allLong(now); h.over {
		h.refused = now
	}
}

// allLong reports whether no wait was short since one that is an interval old.
func (h *history) allLong(now time.Duration) bool {
	for _, w := range slices.Backward(h.waits) {
		if w.waited < cfg.Target {
			return false
		}
		if now-w.at >= cfg.Interval {
			return true
		}
	}
	return false
}

func (h *history) refuse(oldest, now time.Duration) bool {
	if oldest < cfg.Target {
		return false
	}
	h.over = h.over || oldest >= cfg.Target+cfg.Interval
	if h.over {
		h.refused = now
	}
	return h.over
}

func TestAgainstOracle(t *testing.T) {
	refused, over := 0, 0
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var s State
		var h history
		now := time.Duration(0)
		level := 100
		for step := range 500 {
			now += time.Duration(rng.IntN(40)) * ms
			if rng.IntN(60) == 0 {
				level = 1 + rng.IntN(400)
			}
			wait := time.Duration(level/2+rng.IntN(level)) * ms
			s.last = time.Time{}
			if rng.IntN(2) == 0 {
				behind := rng.IntN(200)
				h.started(wait*time.Duration(min(behind, 1)), now)
				s.Started(cfg, wait, behind, at(now))
				require.Equal(t, h.over, s.Over(), "seed %d, step %d", seed, step)
				if h.over {
					over++
				}
			} else {
				want := h.refuse(wait, now)
				require.Equal(t, want, s.Refuse(cfg, 1, wait, at(now)), "seed %d, step %d", seed, step)
				if want {
					refused++
				}
			}
		}
	}
	require.Greater(t, refused, 1000)
	require.Greater(t, over, 1000)
}
