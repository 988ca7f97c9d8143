package judge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// resamples is how many are drawn for the interval of what is sampled.
const resamples = 2000

// Tolerance says how wide the interval of a figure may be before the figure is noisy.
type Tolerance struct {
	// Relative is a part of the median; 0 means 0.25.
	Relative float64 `json:"relative,omitempty"`
	// Absolute is a width in the metric's unit that is always fine.
	Absolute float64 `json:"absolute,omitempty"`
}

// Estimate is what repetitions say of one figure.
type Estimate struct {
	// Values are those that count, in the order of the repetitions; what is computed from
	// several figures has one, the Median.
	Values []float64
	// Median, Min and Max are theirs; Low and High bound the interval of the median.
	Median, Min, Max, Low, High float64
	// Sure is the least chance that the median is not below Low, and that it is not above
	// High: 0.975 or more, but with few repetitions.
	Sure float64
	// Unfit says why nothing at all follows from it; "" where something may.
	Unfit string
	// Noisy says that the interval is wider than the tolerance; "" where it is not. It
	// matters only where the interval does not decide.
	Noisy string

	// repetitions are behind it, of both sides of a ratio; sigma is the standard deviation
	// of one of them.
	repetitions int
	sigma       float64
}

// Of estimates a figure from the values of its undisturbed repetitions.
func Of(values []float64, t Tolerance) Estimate {
	e := Estimate{Values: slices.Clone(values), repetitions: len(values)}
	if len(values) == 0 {
		e.Unfit = "there is no undisturbed repetition"
		return e
	}
	e.Median, e.Min, e.Max, e.sigma = Median(values), slices.Min(values), slices.Max(values), deviation(values)
	e.Low, e.High, e.Sure = Interval(values)
	e.judge(t)
	return e
}

// Ratio estimates a over b, from their values. It is unfit or noisy where one of them is.
func Ratio(a, b Estimate) Estimate {
	e := Estimate{Unfit: a.Unfit, Noisy: a.Noisy, repetitions: min(a.repetitions, b.repetitions)}
	if e.Unfit == "" {
		e.Unfit = b.Unfit
	}
	if e.Noisy == "" {
		e.Noisy = b.Noisy
	}
	if len(a.Values) == 0 || len(b.Values) == 0 {
		return e
	}
	if b.Min <= 0 {
		e.Unfit = "it would be divided by zero"
		return e
	}
	e.Median = a.Median / b.Median
	e.Values = []float64{e.Median}
	e.Min, e.Max = min(a.Min/b.Max, a.Min/b.Min), max(a.Max/b.Min, a.Max/b.Max)
	e.Low, e.High, e.Sure = Between(a.Values, b.Values)
	e.Low, e.High = min(e.Low, e.Median), max(e.High, e.Median)
	e.sigma = math.Hypot(a.sigma/b.Median, e.Median*b.sigma/b.Median)
	return e
}

// Times is e in another unit, of which a unit of e has as many; t is the tolerance there.
func (e Estimate) Times(factor float64, t Tolerance) Estimate {
	e.Values = slices.Clone(e.Values)
	for i := range e.Values {
		e.Values[i] *= factor
	}
	e.Median, e.Min, e.Max, e.Low, e.High, e.sigma = e.Median*factor, e.Min*factor, e.Max*factor, e.Low*factor, e.High*factor, e.sigma*factor
	if e.Unfit == "" {
		e.Noisy = ""
		e.judge(t)
	}
	return e
}

// Sampled estimates something that is computed from resamples of the values, such as a
// model fitted to them: compute is called with a source of chance, and draws from it. Its
// interval is the middle 95 % of what comes of it, which is somewhat too narrow where the
// repetitions of each figure behind it are few.
func Sampled(value float64, repetitions int, t Tolerance, compute func(r *rand.Rand) float64) Estimate {
	e := Estimate{Median: value, Values: []float64{value}, Sure: 1 - tail, repetitions: repetitions}
	e.Low, e.High = middle(compute)
	e.Min, e.Max = min(e.Low, value), max(e.High, value)
	e.sigma = (e.High - e.Low) / 2 * math.Sqrt(float64(repetitions)) / halfWidth
	e.judge(t)
	return e
}

func (e *Estimate) judge(t Tolerance) {
	if t.Relative == 0 {
		t.Relative = 0.25
	}
	width, allowed := e.High-e.Low, max(t.Relative*math.Abs(e.Median), t.Absolute)
	switch {
	case math.IsNaN(e.Median) || math.IsInf(e.Median, 0):
		e.Unfit = "it is no number"
	case e.repetitions < MinRepetitions:
		e.Unfit = fmt.Sprintf("of the %d undisturbed repetitions that are needed there are %d", MinRepetitions, e.repetitions)
	case width > allowed:
		e.Noisy = fmt.Sprintf("its interval, %.3g to %.3g, is wider than the %.3g that it may be", e.Low, e.High, allowed)
	}
}

// deviation is the standard deviation of values; 0 of one.
func deviation(values []float64) float64 {
	var sum, squares float64
	for _, v := range values {
		sum += v
	}
	mean := sum / float64(len(values))
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(max(len(values)-1, 1)))
}

// Resample draws as many values as there are, with replacement.
func Resample(r *rand.Rand, values []float64) []float64 {
	drawn := make([]float64, len(values))
	for i := range drawn {
		drawn[i] = values[r.IntN(len(values))]
	}
	return drawn
}

// middle is the middle 95 % of what compute returns, with a seed that is always the same.
func middle(compute func(r *rand.Rand) float64) (low, high float64) {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // statistics
	drawn := make([]float64, resamples)
	for i := range drawn {
		drawn[i] = compute(r)
	}
	slices.Sort(drawn)
	return drawn[resamples/40], drawn[resamples-1-resamples/40]
}
