package machine

import (
	"crypto/sha256"
	"slices"
	"time"
)

// Calibration is how long a fixed piece of work took: the same on the same machine,
// unless something else runs there.
type Calibration struct {
	// Median and Spread are of the rounds: Spread is the difference of the slowest and the
	// fastest fifth's bounds, as a part of the median.
	Median time.Duration `json:"median"`
	Spread float64       `json:"spread"`
}

// Calibrate does the work rounds times, each some ten milliseconds, on one processor.
// At least five rounds are done.
func Calibrate(rounds int) Calibration {
	took := make([]time.Duration, max(rounds, 5))
	block := make([]byte, 1<<20)
	for i := range took {
		began := time.Now()
		for range 12 {
			sum := sha256.Sum256(block)
			copy(block, sum[:])
		}
		took[i] = time.Since(began)
	}
	return summarize(took)
}

func summarize(took []time.Duration) Calibration {
	slices.Sort(took)
	n := len(took)
	c := Calibration{Median: took[n/2]}
	if c.Median > 0 {
		c.Spread = float64(took[n-1-n/5]-took[n/5]) / float64(c.Median)
	}
	return c
}

// Drift is by how much after differs from before, as a part of before.
func (before Calibration) Drift(after Calibration) float64 {
	if before.Median == 0 {
		return 0
	}
	return float64(after.Median-before.Median) / float64(before.Median)
}
