package latency

import (
	"sync/atomic"
	"time"
)

// Histogram counts durations. The zero value is ready, and it is safe for concurrent use.
type Histogram struct {
	counts [Buckets]atomic.Uint64
	sum    atomic.Int64
}

// Observe counts d, and returns its bucket and how many that has now. What is negative
// counts as zero.
func (h *Histogram) Observe(d time.Duration) (bucketOf int, n uint64) {
	d = max(d, 0)
	h.sum.Add(int64(d))
	bucketOf = bucket(d)
	return bucketOf, h.counts[bucketOf].Add(1)
}

// Counts returns what was counted. While others observe, the sum may be ahead of the
// counts by what is under way.
func (h *Histogram) Counts() Counts {
	var c Counts
	for i := range h.counts {
		c.N[i] = h.counts[i].Load()
	}
	c.Sum = time.Duration(h.sum.Load())
	return c
}

// Counts is how many durations there were, by bucket. The zero value is none.
type Counts struct {
	N   [Buckets]uint64
	Sum time.Duration
}

// Observe counts d.
func (c *Counts) Observe(d time.Duration) {
	d = max(d, 0)
	c.Sum += d
	c.N[bucket(d)]++
}

// Total is how many there were.
func (c *Counts) Total() uint64 {
	var total uint64
	for _, n := range c.N {
		total += n
	}
	return total
}

// Add adds what o counted.
func (c *Counts) Add(o *Counts) {
	for i, n := range o.N {
		c.N[i] += n
	}
	c.Sum += o.Sum
}

// Since is what was counted since before, an earlier state of c. Where before is none of c,
// since what counted began anew, it is c.
func (c *Counts) Since(before *Counts) Counts {
	out := *c
	for i, n := range before.N {
		if n > c.N[i] {
			return *c
		}
		out.N[i] -= n
	}
	out.Sum -= before.Sum
	return out
}

// Quantile is the duration that the part q of all, 0 to 1, did not reach; 0 where there
// were none. Of what is in the last bucket it says that bucket's begin.
func (c *Counts) Quantile(q float64) time.Duration {
	total := c.Total()
	if total == 0 {
		return 0
	}
	rank := min(max(q, 0), 1) * float64(total)
	var below float64
	for i, n := range c.N {
		if n == 0 || below+float64(n) < rank {
			below += float64(n)
			continue
		}
		var from time.Duration
		if i > 0 {
			from = Bound(i - 1)
		}
		if i == Buckets-1 {
			return from
		}
		return from + time.Duration((rank-below)/float64(n)*float64(Bound(i)-from))
	}
	return Bound(Buckets - 2)
}
