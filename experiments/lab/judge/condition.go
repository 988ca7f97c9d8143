package judge

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
	// Undecided: a part of it does.
	Undecided Verdict = "undecided"
	// TooNoisy: nothing is concluded.
	TooNoisy Verdict = "too noisy"
	// NotMeasured: there is no such figure.
	NotMeasured Verdict = "not measured"
)

// Of says whether e meets c.
func (c Condition) Of(e Estimate) Verdict {
	if len(e.Values) == 0 && e.Noisy == "" && e.Low == e.High && e.Median == 0 {
		return NotMeasured
	}
	if e.Noisy != "" {
		return TooNoisy
	}
	low, high := e.Low >= c.Bound, e.High >= c.Bound
	if c.Op == AtMost {
		low, high = e.Low <= c.Bound, e.High <= c.Bound
	}
	switch {
	case low && high:
		return Holds
	case low || high:
		return Undecided
	default:
		return Fails
	}
}

// All is the verdict on conditions that must all hold: one that surely fails decides, else
// the worst does.
func All(verdicts ...Verdict) Verdict {
	rank := map[Verdict]int{Holds: 0, Undecided: 1, TooNoisy: 2, NotMeasured: 3}
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
