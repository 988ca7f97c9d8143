package verdict

import (
	"errors"
	"fmt"
	"slices"
)

// ErrRounds says that two peers were not measured in the same rounds.
var ErrRounds = errors.New("verdict: no rounds, or not the same number of them")

// Spread is what several rounds showed.
type Spread struct {
	// Median is that of the rounds, Low and High the quarters' bounds, Least and Most the
	// extremes. All are of the rounds themselves: nothing is interpolated but the median.
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Least  float64 `json:"least"`
	Most   float64 `json:"most"`
}

// Of sums up rounds; zero where there are none.
func Of(rounds []float64) Spread {
	n := len(rounds)
	if n == 0 {
		return Spread{}
	}
	sorted := slices.Sorted(slices.Values(rounds))
	return Spread{
		Median: (sorted[(n-1)/2] + sorted[n/2]) / 2,
		Low:    sorted[(n-1)/4], High: sorted[n-1-(n-1)/4],
		Least: sorted[0], Most: sorted[n-1],
	}
}

// Ratio sums up the ratios of two peers, round by round, so that what else the machine
// did in a round is in both. The error wraps ErrRounds.
func Ratio(ours, theirs []float64) (Spread, error) {
	if len(ours) == 0 || len(ours) != len(theirs) {
		return Spread{}, fmt.Errorf("%w: %d and %d", ErrRounds, len(ours), len(theirs))
	}
	ratios := make([]float64, len(ours))
	for i := range ours {
		if theirs[i] <= 0 {
			return Spread{}, fmt.Errorf("%w: round %d has no figure", ErrRounds, i+1)
		}
		ratios[i] = ours[i] / theirs[i]
	}
	return Of(ratios), nil
}

// Word is a verdict.
type Word string

// The verdicts.
const (
	// Met: the median and three quarters of the rounds are within the target.
	Met Word = "met"
	// Missed: the median and three quarters of the rounds are over it.
	Missed Word = "missed"
	// Open: the rounds lie on both sides.
	Open Word = "open"
)

// Judge says whether a ratio is at most the target.
func Judge(ratio Spread, atMost float64) Word {
	switch {
	case ratio.High <= atMost:
		return Met
	case ratio.Low > atMost:
		return Missed
	default:
		return Open
	}
}
