package actors

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		name     string
		restarts int
		rnd      float64
		want     time.Duration
	}{
		{"first at once", 0, 0.9, 0},
		{"third at once", 2, 0.9, 0},
		{"fourth waits", 3, 0, 5 * time.Millisecond},
		{"jitter is the upper half", 3, 0.5, 7500 * time.Microsecond},
		{"doubles", 4, 0, 10 * time.Millisecond},
		{"last below the cap", 9, 0, 320 * time.Millisecond},
		{"at the cap", 10, 0, 500 * time.Millisecond},
		{"stays at the cap", 1000, 0, 500 * time.Millisecond},
		{"never over the cap", 1000, 1, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, backoff(c.restarts, backoffFree, c.rnd)) })
	}
}

func TestRecent(t *testing.T) {
	now := time.Unix(100, 0)
	got := recent([]time.Time{now.Add(-11 * time.Second), now.Add(-10 * time.Second), now.Add(-9 * time.Second), now}, now, 10*time.Second)
	require.Equal(t, []time.Time{now.Add(-9 * time.Second), now}, got)
}

func TestQuarantine(t *testing.T) {
	at := func(s float64) time.Time { return time.Unix(1000, 0).Add(time.Duration(s * float64(time.Second))) }
	cfg := QuarantineConfig{Max: 2, Window: 10 * time.Second, Hold: 5 * time.Second}
	for _, c := range []struct {
		name   string
		cfg    QuarantineConfig
		deaths []float64
		lift   bool
		check  float64
		held   bool
	}{
		{"none", cfg, nil, false, 0, false},
		{"as many as allowed", cfg, []float64{0, 1}, false, 1, false},
		{"one more", cfg, []float64{0, 1, 2}, false, 2, true},
		{"held to the end", cfg, []float64{0, 1, 2}, false, 6.9, true},
		{"over", cfg, []float64{0, 1, 2}, false, 7, false},
		{"spread over more than the window", cfg, []float64{0, 9, 18, 27}, false, 27, false},
		{"lifted", cfg, []float64{0, 1, 2}, true, 2, false},
		{"counts anew after it was over", cfg, []float64{0, 1, 2, 8, 8.5}, false, 8.5, false},
		{"switched off", QuarantineConfig{}, []float64{0, 0, 0, 0}, false, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := newQuarantine(c.cfg)
			for _, s := range c.deaths {
				q.condemned("bad", "heap", at(s))
				q.condemned("", "nobody knows", at(s))
			}
			if c.lift {
				q.lift("bad", "v2")
			}
			s, held := q.check("bad", "v1", at(c.check))
			require.Equal(t, c.held, held)
			if held {
				require.Contains(t, q.message("bad", s), "bad is quarantined until")
			}
			_, held = q.check("good", "v1", at(c.check))
			require.False(t, held)
		})
	}
}

func TestPick(t *testing.T) {
	cold := func(n int) candidate { return candidate{inflight: n} }
	warm := func(n int) candidate { return candidate{inflight: n, warm: true} }
	for _, c := range []struct {
		name  string
		pick  pickFunc
		free  []candidate
		turns []int
		want  []int
	}{
		{"the only one", pickWarm, []candidate{cold(9)}, []int{0, 1}, []int{0, 0}},
		{"warm before empty", pickWarm, []candidate{cold(0), warm(5)}, []int{0, 1}, []int{1, 1}},
		{"least of the warm", pickWarm, []candidate{warm(3), warm(2), cold(0)}, []int{0, 1, 2}, []int{1, 1, 1}},
		{"least of the cold", pickWarm, []candidate{cold(3), cold(2)}, []int{0, 1}, []int{1, 1}},
		{"ties rotate", pickWarm, []candidate{cold(1), cold(1), cold(1)}, []int{0, 1, 2, 3}, []int{0, 1, 2, 0}},
		{"without affinity", pickLeast, []candidate{cold(0), warm(5)}, []int{0, 1}, []int{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, turn := range c.turns {
				require.Equal(t, c.want[i], c.pick(c.free, "f", turn))
			}
		})
	}
}

func TestMayRunAgain(t *testing.T) {
	for _, c := range []struct {
		name       string
		idempotent bool
		runs       int
		want       bool
	}{
		{"not idempotent", false, 1, false},
		{"idempotent", true, 1, true},
		{"last attempt left", true, 2, true},
		{"no attempt left", true, 3, false},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, mayRunAgain(c.idempotent, c.runs, 3)) })
	}
}

func TestConfigReportsAllFaults(t *testing.T) {
	err := Config{Quarantine: QuarantineConfig{Max: 1}}.Validate()
	require.ErrorIs(t, err, ErrConfig)
	for _, what := range []string{"runtimes", "max inflight", "queue", "max attempts", "retry after", "window", "hold", "new runtime"} {
		require.ErrorContains(t, err, what)
	}
	cfg := DefaultConfig()
	cfg.NewRuntime = (&lab{}).factory
	require.NoError(t, cfg.Validate())
}
