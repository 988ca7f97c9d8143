package admin

import (
	"time"

	"github.com/isolane/isolane/actors/latency"
)

// Durations are a function's, counted in the buckets of package latency. Buckets without any
// at both ends are left out, so that an answer about thousands of functions stays small.
type Durations struct {
	// From is the first bucket that Counts has.
	From   int      `json:"from"`
	Counts []uint64 `json:"counts"`
	SumNS  int64    `json:"sum_ns"`
}

// DurationsOf is how c is told; nil where nothing was counted.
func DurationsOf(c *latency.Counts) *Durations {
	if c == nil {
		return nil
	}
	first, last := -1, 0
	for i, n := range c.N {
		if n > 0 {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return nil
	}
	return &Durations{From: first, Counts: append([]uint64{}, c.N[first:last+1]...), SumNS: int64(c.Sum)}
}

// Add adds what is told to c. Buckets that this version does not have are left out.
func (d *Durations) Add(c *latency.Counts) {
	if d == nil {
		return
	}
	c.Sum += time.Duration(d.SumNS)
	for i, n := range d.Counts {
		if at := d.From + i; at >= 0 && at < len(c.N) {
			c.N[at] += n
		}
	}
}
