package judge

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestDisturbed(t *testing.T) {
	calm := Circumstances{Before: 10, After: 10.5}
	run := []Circumstances{calm, {Before: 10, After: 10, Steal: 0.2}, {Before: 10, After: 12}, {Before: 12, After: 10}, {Before: 13, After: 13}, calm, calm, {}}
	said := Disturbed(run)
	for i, disturbed := range []bool{false, true, true, true, true, false, false, false} {
		require.Equal(t, disturbed, said[i] != "", "%d: %q", i, said[i])
	}
	require.Empty(t, Disturbed(nil))
}

func TestEstimate(t *testing.T) {
	for name, c := range map[string]struct {
		values    []float64
		tolerance Tolerance
		median    float64
		noisy     bool
	}{
		"none":                {nil, Tolerance{}, 0, true},
		"two are too few":     {[]float64{1, 1}, Tolerance{}, 1, true},
		"the same":            {[]float64{5, 5, 5}, Tolerance{}, 5, false},
		"near":                {[]float64{10, 11, 10.5}, Tolerance{}, 10.5, false},
		"far":                 {[]float64{10, 20, 15}, Tolerance{}, 15, true},
		"far, and allowed":    {[]float64{10, 20, 15}, Tolerance{Relative: 1}, 15, false},
		"zeros":               {[]float64{0, 0, 0}, Tolerance{}, 0, false},
		"counts about zero":   {[]float64{0, 1, 0}, Tolerance{Absolute: 2}, 0, false},
		"an outlier of many":  {[]float64{10, 10, 10, 10, 10, 10, 10, 10, 10, 90}, Tolerance{}, 10, false},
		"negative, near":      {[]float64{-10, -11, -10.5}, Tolerance{}, -10.5, false},
		"not a number":        {[]float64{math.NaN(), math.NaN(), math.NaN()}, Tolerance{}, math.NaN(), true},
		"even number of them": {[]float64{1, 2, 2, 1}, Tolerance{Relative: 2}, 1.5, false},
	} {
		e := Of(c.values, c.tolerance)
		require.Equal(t, c.noisy, e.Noisy != "", "%s: %s", name, e.Noisy)
		if !math.IsNaN(c.median) {
			require.InDelta(t, c.median, e.Median, 1e-9, name)
			require.LessOrEqual(t, e.Min, e.Low, name)
			require.LessOrEqual(t, e.Low, e.Median, name)
			require.LessOrEqual(t, e.Median, e.High, name)
			require.LessOrEqual(t, e.High, e.Max, name)
		}
	}
}

// TestIntervalCovers draws from a known distribution: nineteen of twenty intervals hold its
// median, or nearly.
func TestIntervalCovers(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 4))
	held, runs := 0, 60
	for range runs {
		values := make([]float64, 15)
		for i := range values {
			values[i] = chance.NormFloat64() + 100
		}
		if e := Of(values, Tolerance{}); e.Low <= 100 && 100 <= e.High {
			held++
		}
	}
	require.Greater(t, held, runs*85/100)
	require.Less(t, held, runs) // an interval that always holds says nothing
}

func TestRatio(t *testing.T) {
	a, b := Of([]float64{10, 11, 10}, Tolerance{}), Of([]float64{2, 2, 2.1}, Tolerance{})
	r := Ratio(a, b)
	require.Empty(t, r.Noisy)
	require.InDelta(t, 5, r.Median, 1e-9)
	require.Less(t, r.Low, r.High)
	require.NotEmpty(t, Ratio(a, Of([]float64{0, 0, 0}, Tolerance{})).Noisy)
	require.NotEmpty(t, Ratio(a, Of([]float64{1, 9, 5}, Tolerance{})).Noisy)
	require.NotEmpty(t, Ratio(Estimate{}, Of(nil, Tolerance{})).Noisy)
}

func TestCondition(t *testing.T) {
	good := Estimate{Values: []float64{1}, Median: 5, Low: 4, High: 6}
	noisy := good
	noisy.Noisy = "yes"
	for _, c := range []struct {
		condition Condition
		estimate  Estimate
		want      Verdict
	}{
		{Condition{AtLeast, 4}, good, Holds},
		{Condition{AtLeast, 5}, good, Undecided},
		{Condition{AtLeast, 7}, good, Fails},
		{Condition{AtMost, 6}, good, Holds},
		{Condition{AtMost, 5}, good, Undecided},
		{Condition{AtMost, 3}, good, Fails},
		{Condition{AtLeast, 1}, noisy, TooNoisy},
		{Condition{AtLeast, 0}, Estimate{}, NotMeasured},
	} {
		require.Equal(t, c.want, c.condition.Of(c.estimate))
	}
	require.Equal(t, Holds, All())
	require.Equal(t, Fails, All(Holds, NotMeasured, Fails))
	require.Equal(t, NotMeasured, All(Undecided, NotMeasured, TooNoisy))
	require.Equal(t, Undecided, All(Undecided, Holds))
}
