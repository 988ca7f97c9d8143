package judge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how many are drawn for an interval.
const resamples = 2000

// Tolerance says how wide the interval of a figure may be.
type Tolerance struct {
	// Relative is a part of the median; 0 means 0.25.
	Relative float64 `json:"relative,omitempty"`
	// Absolute is a width in the metric's unit that is always fine.
	Absolute float64 `json:"absolute,omitempty"`
}

// Estimate is what repetitions say of one figure.
type Estimate struct {
	// Values are those that count, in the order of the repetitions.
	Values []float64
	// Median, Min and Max are theirs; Low and High bound the 95 % confidence interval of the
	// median.
	Median, Min, Max, Low, High float64
	// Noisy says why nothing is concluded from it; "" where it is good.
	Noisy string
}

// Of estimates a figure from the values of its undisturbed repetitions.
func Of(values []float64, t Tolerance) Estimate {
	e := Estimate{Values: slices.Clone(values)}
	if len(values) == 0 {
		e.Noisy = "there is no undisturbed repetition"
		return e
	}
	e.Median, e.Min, e.Max = Median(values), slices.Min(values), slices.Max(values)
	e.Low, e.High = interval(func(r *rand.Rand) float64 { return Median(Resample(r, values)) })
	e.judge(len(values), t)
	return e
}

// Ratio estimates a over b. It is noisy where one of them is; its own interval is drawn
// from both.
func Ratio(a, b Estimate) Estimate {
	e := Estimate{Noisy: a.Noisy}
	if e.Noisy == "" {
		e.Noisy = b.Noisy
	}
	if len(a.Values) == 0 || len(b.Values) == 0 {
		return e
	}
	if b.Min <= 0 {
		e.Noisy = "it would be divided by zero"
		return e
	}
	e.Median = a.Median / b.Median
	e.Min, e.Max = a.Min/b.Max, a.Max/b.Min
	e.Low, e.High = interval(func(r *rand.Rand) float64 { return Median(Resample(r, a.Values)) / Median(Resample(r, b.Values)) })
	return e
}

// Sampled estimates something that is computed from resamples of the values, such as a
// model fitted to them: compute is called with a source of chance, and draws from it.
func Sampled(value float64, t Tolerance, compute func(r *rand.Rand) float64) Estimate {
	e := Estimate{Median: value, Values: []float64{value}}
	e.Low, e.High = interval(compute)
	e.Min, e.Max = min(e.Low, value), max(e.High, value)
	e.judge(MinRepetitions, t)
	return e
}

func (e *Estimate) judge(n int, t Tolerance) {
	if t.Relative == 0 {
		t.Relative = 0.25
	}
	width, allowed := e.High-e.Low, max(t.Relative*math.Abs(e.Median), t.Absolute)
	switch {
	case math.IsNaN(e.Median) || math.IsInf(e.Median, 0):
		e.Noisy = "it is no number"
	case n < MinRepetitions:
		e.Noisy = fmt.Sprintf("%d undisturbed repetitions are too few, %d are needed", n, MinRepetitions)
	case width > allowed:
		e.Noisy = fmt.Sprintf("its 95 %% interval, %.3g to %.3g, is wider than the %.3g that it may be", e.Low, e.High, allowed)
	}
}

// Resample draws as many values as there are, with replacement.
func Resample(r *rand.Rand, values []float64) []float64 {
	drawn := make([]float64, len(values))
	for i := range drawn {
		drawn[i] = values[r.IntN(len(values))]
	}
	return drawn
}

// interval is the middle 95 % of what compute returns, with a seed that is always the same.
func interval(compute func(r *rand.Rand) float64) (low, high float64) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // statistics
	drawn := make([]float64, resamples)
	for i := range drawn {
		drawn[i] = compute(r)
	}
	slices.Sort(drawn)
	return drawn[resamples/40], drawn[resamples-1-resamples/40]
}
