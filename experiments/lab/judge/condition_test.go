package judge

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCondition(t *testing.T) {
	good := Estimate{Values: []float64{5}, Median: 5, Low: 4, High: 6}
	noisy, unfit := good, good
	noisy.Noisy, unfit.Unfit = "yes", "yes"
	for _, c := range []struct {
		condition Condition
		estimate  Estimate
		want      Verdict
	}{
		{Condition{AtLeast, 4}, good, Holds},
		{Condition{AtLeast, 5}, good, Undecided},
		{Condition{AtLeast, 6}, good, Undecided},
		{Condition{AtLeast, 7}, good, Fails},
		{Condition{AtMost, 6}, good, Holds},
		{Condition{AtMost, 5}, good, Undecided},
		{Condition{AtMost, 4}, good, Undecided},
		{Condition{AtMost, 3}, good, Fails},
		{Condition{AtLeast, 4}, noisy, Holds},
		{Condition{AtLeast, 5}, noisy, TooNoisy},
		{Condition{AtLeast, 7}, noisy, Fails},
		{Condition{AtMost, 6}, noisy, Holds},
		{Condition{AtMost, 5}, noisy, TooNoisy},
		{Condition{AtMost, 3}, noisy, Fails},
		{Condition{AtLeast, 1}, unfit, Unfit},
		{Condition{AtLeast, 0}, Of(nil, Tolerance{}), Unfit},
		{Condition{AtLeast, 0}, Estimate{}, NotMeasured},
	} {
		require.Equal(t, c.want, c.condition.Of(c.estimate), "%v %v", c.condition, c.estimate)
	}
	require.Equal(t, Holds, All())
	require.Equal(t, Fails, All(Holds, NotMeasured, Fails))
	require.Equal(t, NotMeasured, All(Undecided, NotMeasured, TooNoisy))
	require.Equal(t, Unfit, All(TooNoisy, Unfit, Holds))
	require.Equal(t, Undecided, All(Undecided, Holds))
}

// TestWideAndFarApartIsDecided: what the short calls took in a full run, beside long ones, by who
// was given them. The intervals are wide, and apart.
func TestWideAndFarApartIsDecided(t *testing.T) {
	tolerance := Tolerance{Relative: 0.5}
	pull := Of([]float64{11.9, 12.5, 14.1}, tolerance)
	hash := Of([]float64{58.4, 217, 59.6, 34.4}, tolerance)
	require.NotEmpty(t, hash.Noisy)
	times := Ratio(hash, pull)
	require.Equal(t, Holds, Condition{AtLeast, 1.3}.Of(times))
	require.Equal(t, Holds, Condition{AtLeast, 2}.Of(times))
	require.Equal(t, TooNoisy, Condition{AtLeast, 5}.Of(times))
	require.Equal(t, Fails, Condition{AtMost, 2}.Of(times))
	require.Equal(t, Fails, Condition{AtLeast, 20}.Of(times))
}

// TestNarrowerIsDecidedToo: an interval within one that decides a condition decides it in the same
// way, whether either is noisy or not; and what decides a bound decides every easier one.
func TestNarrowerIsDecidedToo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		figure := rapid.Float64Range(-100, 100)
		wide := Estimate{Values: []float64{0}, Low: figure.Draw(t, "a"), High: figure.Draw(t, "b")}
		wide.Low, wide.High = min(wide.Low, wide.High), max(wide.Low, wide.High)
		wide.Noisy = rapid.SampledFrom([]string{"", "noisy"}).Draw(t, "noise")
		narrow := wide
		narrow.Low = rapid.Float64Range(wide.Low, wide.High).Draw(t, "low")
		narrow.High = rapid.Float64Range(narrow.Low, wide.High).Draw(t, "high")
		narrow.Noisy = rapid.SampledFrom([]string{"", "noisy"}).Draw(t, "noise of the narrower")
		c := Condition{rapid.SampledFrom([]Op{AtLeast, AtMost}).Draw(t, "op"), figure.Draw(t, "bound")}
		got := c.Of(wide)
		if got == Holds || got == Fails {
			require.Equal(t, got, c.Of(narrow))
		}
		if got == Holds {
			easier := c
			by := rapid.Float64Range(0, 100).Draw(t, "easier by")
			if c.Op == AtLeast {
				by = -by
			}
			easier.Bound += by
			require.Equal(t, Holds, easier.Of(wide))
		}
		straddles := wide.Low < c.Bound && c.Bound < wide.High
		if straddles {
			require.Contains(t, []Verdict{Undecided, TooNoisy}, got)
		}
		require.Equal(t, wide.Noisy != "" && got != Holds && got != Fails, got == TooNoisy)
	})
}

func TestNeeded(t *testing.T) {
	c := Condition{AtLeast, 10}
	n, ok := c.Needed(Estimate{Median: 12, sigma: 2, repetitions: 3})
	require.True(t, ok)
	require.Equal(t, 7, n) // (1.96 * 1.2533 * 2 / 2)^2
	n, ok = c.Needed(Estimate{Median: 12, sigma: 0.1, repetitions: 3})
	require.True(t, ok)
	require.Equal(t, 6, n, "fewer do not give an interval that is narrower than their range")
	n, ok = c.Needed(Estimate{Median: 12, sigma: 0.1, repetitions: 9})
	require.True(t, ok)
	require.Equal(t, 10, n)
	_, ok = c.Needed(Estimate{Median: 10, sigma: 1, repetitions: 3})
	require.False(t, ok, "it is at the bound")
	_, ok = c.Needed(Estimate{Median: 10.01, sigma: 1, repetitions: 3})
	require.False(t, ok)
	_, ok = c.Needed(Estimate{Median: 10, repetitions: 3})
	require.False(t, ok)
}

// TestNeededDecides: with as many repetitions as it says, most runs are decided; with the few that
// there were, next to none.
func TestNeededDecides(t *testing.T) {
	chance := rand.New(rand.NewPCG(5, 6))
	c := Condition{AtLeast, 10}
	draw := func(n int) Estimate {
		values := make([]float64, n)
		for i := range values {
			values[i] = 11 + 2*chance.NormFloat64()
		}
		return Of(values, Tolerance{})
	}
	n, ok := c.Needed(Estimate{Median: 11, sigma: 2, repetitions: 4})
	require.True(t, ok)
	few, many := 0, 0
	for range 500 {
		if c.Of(draw(4)) == Holds {
			few++
		}
		if c.Of(draw(2*n)) == Holds {
			many++
		}
	}
	require.Less(t, few, 200)
	require.Greater(t, many, 375)
}
