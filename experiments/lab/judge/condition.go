package judge

import "math"

// Op compares a figure with a bound.
type Op string

// The comparisons.
const (
	AtLeast Op = "at least"
	AtMost  Op = "at most"
)

// Condition is what a conclusion needs of a figure.
type Condition struct {
	Op    Op
	Bound float64
}

// Verdict is what the data say of a conclusion.
type Verdict string

// The verdicts, from the best to the worst.
const (
	// Holds: the whole interval meets the condition.
	Holds Verdict = "holds"
	// Fails: no part of the interval does.
	Fails Verdict = "does not hold"
	// Undecided: a part of it does, and the interval is as narrow as it should be.
	Undecided Verdict = "undecided"
	// TooNoisy: a part of it does, and the interval is wider than it should be.
	TooNoisy Verdict = "too noisy"
	// Unfit: nothing follows from the figure, such as one of too few repetitions.
	Unfit Verdict = "unfit"
	// NotMeasured: there is no such figure.
	NotMeasured Verdict = "not measured"
)

// Of says whether e meets c.
func (c Condition) Of(e Estimate) Verdict {
	switch {
	case e.Unfit != "":
		return Unfit
	case len(e.Values) == 0:
		return NotMeasured
	}
	low, high := e.Low >= c.Bound, e.High >= c.Bound
	if c.Op == AtMost {
		low, high = e.Low <= c.Bound, e.High <= c.Bound
	}
	switch {
	case low && high:
		return Holds
	case !low && !high:
		return Fails
	case e.Noisy != "":
		return TooNoisy
	default:
		return Undecided
	}
}

// All is the verdict on conditions that must all hold: one that surely fails decides, else
// the worst does.
func All(verdicts ...Verdict) Verdict {
	rank := map[Verdict]int{Holds: 0, Undecided: 1, TooNoisy: 2, Unfit: 3, NotMeasured: 4}
	worst := Holds
	for _, v := range verdicts {
		if v == Fails {
			return Fails
		}
		if rank[v] > rank[worst] {
			worst = v
		}
	}
	return worst
}

const (
	// halfWidth is that of the interval of a median of many values, over their standard
	// deviation and the root of their number, where noise is normal.
	halfWidth = 1.96 * 1.2533
	// leastForTail are the repetitions from which on the interval is narrower than the range
	// would have to be.
	leastForTail = 6
	// worthIt is the most repetitions that anyone is told to make.
	worthIt = 1000
)

// Needed is about how many repetitions of each point that e rests on would decide c, if they
// were as those are that there are; false where the figure is so near to the bound that
// it would be over a thousand. It means something where c is undecided of e.
func (c Condition) Needed(e Estimate) (repetitions int, ok bool) {
	times := halfWidth * e.sigma / math.Abs(e.Median-c.Bound)
	n := math.Ceil(times * times)
	if math.IsNaN(n) || n > worthIt {
		return 0, false
	}
	return max(int(n), leastForTail, e.repetitions+1), true
}
