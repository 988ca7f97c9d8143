// Package latency counts durations in buckets, at the cost of two additions each.
//
//	var h latency.Histogram
//	h.Observe(3 * time.Millisecond)
//	c := h.Counts()
//	p99 := c.Quantile(0.99)
//
// Two buckets stand for each doubling between 4 µs and 69 s, so that what Quantile says is
// off by half at the most, and by a few percent as a rule: it divides a bucket as if its
// durations lay evenly in it. What is below or above has a bucket of its own.
//
// A Histogram is safe for concurrent use; Counts is a value. The package knows no clock and
// no names. It is not for benchmarks, which want HdrHistogram's precision.
package latency
