package judge

import (
	"fmt"
	"math"
	"slices"
)

// The bounds of the rule.
const (
	// MaxSteal is the part of the machine's time that its host may give to others.
	MaxSteal = 0.05
	// MaxDrift is by how much the calibration loop may differ before and after.
	MaxDrift = 0.15
	// MaxSlower is how much longer than the run's median the calibration loop may take.
	MaxSlower = 0.2
	// MinRepetitions are needed for a figure.
	MinRepetitions = 3
)

// Circumstances are what was seen around one repetition. Before and After are how long the
// calibration loop took, in milliseconds; 0 where it did not run.
type Circumstances struct {
	Before, After float64
	// Steal is the part of the machine's time that the host gave to others.
	Steal float64
}

// Disturbed says for each repetition of a run what disturbed it; "" where nothing did.
func Disturbed(run []Circumstances) []string {
	var loops []float64
	for _, c := range run {
		for _, ms := range []float64{c.Before, c.After} {
			if ms > 0 {
				loops = append(loops, ms)
			}
		}
	}
	usual := Median(loops)
	said := make([]string, len(run))
	for i, c := range run {
		switch {
		case c.Steal > MaxSteal:
			said[i] = fmt.Sprintf("the host took %.0f %% of the machine's time", 100*c.Steal)
		case c.Before > 0 && c.After > 0 && math.Abs(c.After-c.Before) > MaxDrift*c.Before:
			said[i] = fmt.Sprintf("the calibration loop took %.1f ms before and %.1f ms after", c.Before, c.After)
		case usual > 0 && min(c.Before, c.After) > (1+MaxSlower)*usual:
			said[i] = fmt.Sprintf("the calibration loop took %.1f ms where %.1f ms is usual", min(c.Before, c.After), usual)
		}
	}
	return said
}

// Median is that of values, which stay as they are; 0 where there are none.
func Median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
