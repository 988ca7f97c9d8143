package autoscale

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ms = time.Millisecond

func config() Config {
	c := DefaultConfig()
	c.Min, c.Max, c.CPUs = 2, 16, 8
	return c
}

// play decides every 100 ms until end, as if what was decided were there at once, and
// returns the last decision.
func play(s *State, cfg Config, from time.Time, end time.Duration, sample Sample) int {
	n := sample.Runtimes
	for at := time.Duration(0); at <= end; at += 100 * ms {
		sample.At, sample.Runtimes = from.Add(at), n
		n = s.Decide(cfg, sample)
	}
	return n
}

func TestDecisions(t *testing.T) {
	for _, c := range []struct {
		name   string
		sample Sample
		lasts  time.Duration
		want   int
	}{
		{"nothing to do", Sample{Runtimes: 2}, time.Hour, 2},
		{"under min", Sample{Runtimes: 0}, 0, 2},
		{"over max", Sample{Runtimes: 40, Delay: time.Second}, 0, 16},
		{"slow for a moment", Sample{Runtimes: 2, Delay: 50 * ms}, 200 * ms, 2},
		{"slow", Sample{Runtimes: 2, Delay: 50 * ms}, 300 * ms, 3},
		{"by a half", Sample{Runtimes: 4, Delay: 50 * ms}, 300 * ms, 6},
		{"and again", Sample{Runtimes: 2, Delay: 50 * ms}, 600 * ms, 4},
		{"not past the CPUs at one go", Sample{Runtimes: 6, Delay: 50 * ms}, 300 * ms, 8},
		{"up to max", Sample{Runtimes: 2, Delay: 50 * ms}, time.Minute, 16},
		{"up to the CPUs where they are busy", Sample{Runtimes: 2, Delay: 50 * ms, CPU: 7.5}, time.Minute, 8},
		{"past the CPUs, not so soon", Sample{Runtimes: 8, Delay: 50 * ms}, 2900 * ms, 8},
		{"past the CPUs", Sample{Runtimes: 8, Delay: 50 * ms}, 3000 * ms, 12},
		{"and no fewer for that", Sample{Runtimes: 12, Delay: 50 * ms, CPU: 8}, time.Minute, 12},
		{"between the delays", Sample{Runtimes: 6, Delay: 10 * ms}, time.Hour, 6},
		{"calm, not for long", Sample{Runtimes: 6}, 29 * time.Second, 6},
		{"calm", Sample{Runtimes: 6}, 30 * time.Second, 5},
		{"one after another", Sample{Runtimes: 6}, 60 * time.Second, 4},
		{"down to min", Sample{Runtimes: 6}, time.Hour, 2},
		{"one less would be full", Sample{Runtimes: 6, Turns: 3.6}, time.Hour, 6},
		{"one less would not, two would", Sample{Runtimes: 6, Turns: 3.2}, time.Hour, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s State
			require.Equal(t, c.want, play(&s, config(), time.Unix(0, 0), c.lasts, c.sample))
		})
	}
}

func TestAQuotaIsNotAWholeNumber(t *testing.T) {
	cfg := config()
	cfg.CPUs = 2.5
	var s State
	require.Equal(t, 3, play(&s, cfg, time.Unix(0, 0), time.Minute, Sample{Runtimes: 2, Delay: time.Second, CPU: 2.4}))
}

// TestWhatWasWrongOnceIsTriedLess: a load that needs three runtimes now and then does not
// have one started and drained for ever.
func TestWhatWasWrongOnceIsTriedLess(t *testing.T) {
	cfg := config()
	var s State
	shrunk := 0
	n, at := 3, time.Unix(0, 0)
	for range 6 * 3600 * 10 {
		at = at.Add(100 * ms)
		sample := Sample{At: at, Runtimes: n}
		if n == 2 {
			sample.Delay = 100 * ms
		}
		want := s.Decide(cfg, sample)
		if want < n {
			shrunk++
		}
		n = want
	}
	require.LessOrEqual(t, shrunk, 4+6*3600/(30*longestPatience))
	require.Greater(t, shrunk, 10)
}

func TestConfigReportsAllFaults(t *testing.T) {
	err := Config{Max: -1, Full: 2}.Validate()
	for _, what := range []string{"min", "max", "cpus", "grow at", "grow after", "full"} {
		require.ErrorContains(t, err, what)
	}
	require.NoError(t, config().Validate())
}
