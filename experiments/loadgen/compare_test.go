package loadgen

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// made is a result whose slices have a p99 of about the given time.
func made(slices int, p99 int64, seed uint64) *Result {
	draw := rand.New(rand.NewPCG(seed, seed))
	cfg := DefaultConfig()
	cfg.Targets = []Target{{Subject: "x", Weight: 1}}
	s := StepResult{Step: Step{Rate: 100, Duration: time.Duration(slices) * time.Second}}
	for range slices {
		s.Slices = append(s.Slices, Slice{Due: 100, OK: 100, P50: 1000 + draw.Int64N(50), P99: p99 + draw.Int64N(p99/4)})
	}
	return &Result{Format: Format, Config: cfg, Steps: []StepResult{s}}
}

func verdicts(c *Comparison) map[string]Verdict {
	m := map[string]Verdict{}
	for _, d := range c.Differences {
		m[d.Figure] = d.Verdict
	}
	return m
}

func TestCompare(t *testing.T) {
	for name, tc := range map[string]struct {
		before, after *Result
		want          map[string]Verdict
	}{
		"the same":  {made(20, 4000, 3), made(20, 4000, 4), map[string]Verdict{"rate": NotShown, "p50": NotShown, "p99": NotShown}},
		"slower":    {made(20, 4000, 1), made(20, 6000, 2), map[string]Verdict{"rate": NotShown, "p50": NotShown, "p99": Worse}},
		"quicker":   {made(20, 6000, 1), made(20, 4000, 2), map[string]Verdict{"rate": NotShown, "p50": NotShown, "p99": Better}},
		"too short": {made(20, 4000, 1), made(7, 9000, 2), nil},
		"in doubt": {made(20, 4000, 1), func() *Result {
			r := made(20, 9000, 2)
			r.Steps[0].Step.Duration = 20 * time.Second
			r.Steps[0].Limits = []string{"late"}
			return r
		}(), map[string]Verdict{"rate": Uncertain, "p50": Uncertain, "p99": Uncertain}},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.want == nil {
				tc.after.Steps[0].Step = tc.before.Steps[0].Step
				tc.want = map[string]Verdict{"rate": TooFew, "p50": TooFew, "p99": TooFew}
			}
			c, err := Compare(tc.before, tc.after)
			require.NoError(t, err)
			require.Equal(t, tc.want, verdicts(c))
			require.NoError(t, c.Table(&bytes.Buffer{}))
		})
	}
}

// TestCompareSeldomErrs: of runs that do not differ, about Alpha are called different.
func TestCompareSeldomErrs(t *testing.T) {
	const pairs = 2000
	wrong := 0
	for i := range uint64(pairs) {
		c, err := Compare(made(12, 4000, 2*i), made(12, 4000, 2*i+1))
		require.NoError(t, err)
		if v := verdicts(c)["p99"]; v != NotShown {
			wrong++
		}
	}
	require.InDelta(t, Alpha*pairs, wrong, 0.02*pairs)
}

func TestCompareNeedsTheSameLoad(t *testing.T) {
	other := made(20, 4000, 1)
	other.Steps[0].Step.Rate = 200
	_, err := Compare(made(20, 4000, 1), other)
	require.ErrorIs(t, err, ErrResult)
	other = made(20, 4000, 1)
	other.Config.Targets[0].Payload = []byte("x")
	other.Machine.Go = "go9"
	other.Config.Timeout++
	c, err := Compare(made(20, 4000, 1), other)
	require.NoError(t, err)
	require.Len(t, c.Notes, 3)
}
