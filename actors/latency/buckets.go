package latency

import (
	"math/bits"
	"time"
)

const (
	// lowest and highest are the powers of two, in nanoseconds, that the divided range lies
	// between: 4.096 µs and 68.7 s.
	lowest, highest = 12, 36
	// Buckets is how many there are: one below, two for each doubling, one above.
	Buckets = 1 + 2*(highest-lowest) + 1
)

// bucket is the one that d belongs to: from Bound(bucket-1), to below Bound(bucket).
func bucket(d time.Duration) int {
	if d < 1<<lowest {
		return 0
	}
	octave := bits.Len64(uint64(d)) - 1 //nolint:gosec // positive
	if octave >= highest {
		return Buckets - 1
	}
	half := int(d>>(octave-1)) & 1
	return 1 + 2*(octave-lowest) + half
}

// Bound is the end of a bucket, which does not belong to it. The last one has no end: its
// bound is a negative number.
func Bound(bucket int) time.Duration {
	if bucket >= Buckets-1 {
		return -1
	}
	octave, half := lowest+bucket/2, bucket%2
	return 1<<octave + time.Duration(half)<<(octave-1)
}
