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
		unfit     bool
		noisy     bool
	}{
		"none":                {nil, Tolerance{}, 0, true, false},
		"two are too few":     {[]float64{1, 1}, Tolerance{}, 1, true, false},
		"the same":            {[]float64{5, 5, 5}, Tolerance{}, 5, false, false},
		"near":                {[]float64{10, 11, 10.5}, Tolerance{}, 10.5, false, false},
		"far":                 {[]float64{10, 20, 15}, Tolerance{}, 15, false, true},
		"far, and allowed":    {[]float64{10, 20, 15}, Tolerance{Relative: 1}, 15, false, false},
		"zeros":               {[]float64{0, 0, 0}, Tolerance{}, 0, false, false},
		"counts about zero":   {[]float64{0, 1, 0}, Tolerance{Absolute: 2}, 0, false, false},
		"an outlier of many":  {[]float64{10, 10, 10, 10, 10, 10, 10, 10, 10, 90}, Tolerance{}, 10, false, false},
		"an outlier of few":   {[]float64{10, 10, 10, 10, 90}, Tolerance{}, 10, false, true},
		"negative, near":      {[]float64{-10, -11, -10.5}, Tolerance{}, -10.5, false, false},
		"not a number":        {[]float64{math.NaN(), math.NaN(), math.NaN()}, Tolerance{}, math.NaN(), true, false},
		"even number of them": {[]float64{1, 2, 2, 1}, Tolerance{Relative: 2}, 1.5, false, false},
	} {
		e := Of(c.values, c.tolerance)
		require.Equal(t, c.unfit, e.Unfit != "", "%s: %s", name, e.Unfit)
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

func TestRatio(t *testing.T) {
	a, b := Of([]float64{10, 11, 10}, Tolerance{}), Of([]float64{2, 2, 2.1}, Tolerance{})
	r := Ratio(a, b)
	require.Empty(t, r.Unfit+r.Noisy)
	require.InDelta(t, 5, r.Median, 1e-9)
	require.InDelta(t, 10/2.1, r.Low, 1e-9)
	require.InDelta(t, 11.0/2, r.High, 1e-9)
	require.InDelta(t, 0.95, r.Sure, 1e-9)
	require.NotEmpty(t, Ratio(a, Of([]float64{0, 0, 0}, Tolerance{})).Unfit)
	require.NotEmpty(t, Ratio(a, Of([]float64{1, 1}, Tolerance{})).Unfit)
	require.NotEmpty(t, Ratio(Of(nil, Tolerance{}), a).Unfit)
	require.NotEmpty(t, Ratio(a, Of([]float64{1, 9, 5}, Tolerance{})).Noisy)
	require.Equal(t, NotMeasured, Condition{AtLeast, 0}.Of(Ratio(Estimate{}, a)))

	part := r.Times(100.0/3, Tolerance{Relative: 0.01})
	require.InDelta(t, r.Median*100/3, part.Median, 1e-9)
	require.InDelta(t, r.Low*100/3, part.Low, 1e-9)
	require.Equal(t, []float64{part.Median}, part.Values)
	require.NotEmpty(t, part.Noisy, "the tolerance is the new one")
	require.Empty(t, Ratio(a, Of([]float64{1, 9, 5}, Tolerance{})).Times(1, Tolerance{Relative: 100}).Noisy)
	require.InDelta(t, 5, r.Values[0], 1e-9, "it is a copy")
}

func TestSampled(t *testing.T) {
	values := []float64{9, 10, 10, 11, 10, 9, 11}
	e := Sampled(10, len(values), Tolerance{}, func(r *rand.Rand) float64 { return Median(Resample(r, values)) })
	require.Empty(t, e.Unfit)
	require.LessOrEqual(t, e.Low, 10.0)
	require.GreaterOrEqual(t, e.High, 10.0)
	require.Equal(t, e, Sampled(10, len(values), Tolerance{}, func(r *rand.Rand) float64 { return Median(Resample(r, values)) }), "the seed is always the same")
	require.NotEmpty(t, Sampled(10, 2, Tolerance{}, func(*rand.Rand) float64 { return 10 }).Unfit)
}
