package latency

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestBucketsDivideEverything(t *testing.T) {
	require.Equal(t, 4096*time.Nanosecond, Bound(0))
	require.Equal(t, 6144*time.Nanosecond, Bound(1))
	require.Equal(t, 8192*time.Nanosecond, Bound(2))
	require.Equal(t, time.Duration(1)<<36, Bound(Buckets-2))
	require.Negative(t, Bound(Buckets-1))
	for i := range Buckets - 1 {
		require.Equal(t, i, bucket(Bound(i)-1), "the last of bucket %d", i)
		require.Equal(t, i+1, bucket(Bound(i)), "the first after bucket %d", i)
	}
	require.Equal(t, 0, bucket(0))
	require.Equal(t, Buckets-1, bucket(1<<62))
}

// What Quantile says lies in the bucket of what a sorted list says, and no further off than
// half.
func TestQuantileAgainstAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			return time.Duration(rapid.Int64Range(0, 1<<rapid.IntRange(1, 35).Draw(t, "octave")).Draw(t, "ns"))
		}), 1, 300).Draw(t, "all")
		q := rapid.Float64Range(0.01, 1).Draw(t, "q")
		var h Histogram
		var c Counts
		for _, d := range all {
			h.Observe(d)
			c.Observe(d)
		}
		if c != h.Counts() {
			t.Fatalf("%v is not %v", c, h.Counts())
		}
		slices.Sort(all)
		rank := q * float64(len(all))
		at := int(rank)
		if float64(at) == rank {
			at--
		}
		want, got := all[min(at, len(all)-1)], c.Quantile(q)
		if b := bucket(want); got > Bound(b) || b > 0 && got < Bound(b-1) {
			t.Fatalf("%s for %s, which is in bucket %d", got, want, b)
		}
	})
}

func TestSince(t *testing.T) {
	var h Histogram
	h.Observe(time.Millisecond)
	before := h.Counts()
	h.Observe(time.Second)
	now := h.Counts()
	since := now.Since(&before)
	require.EqualValues(t, 1, since.Total())
	require.Equal(t, time.Second, since.Sum)
	require.Equal(t, before, before.Since(&now), "it began anew")
	before.Add(&since)
	require.Equal(t, now, before)
	require.Zero(t, (&Counts{}).Quantile(0.5))
	require.EqualValues(t, 0, (&Counts{}).Total())
	h.Observe(-1)
	c := h.Counts()
	require.EqualValues(t, 1, c.N[0])
}

func TestHammer(t *testing.T) {
	var h Histogram
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(g)))
			for range 2000 {
				h.Observe(time.Duration(rng.Int64N(1 << 37)))
				c := h.Counts()
				c.Quantile(0.99)
			}
		})
	}
	all.Wait()
	c := h.Counts()
	require.EqualValues(t, 8000, c.Total())
	require.Zero(t, testing.AllocsPerRun(100, func() { h.Observe(time.Second) }))
}

func BenchmarkObserve(b *testing.B) {
	var h Histogram
	for b.Loop() {
		h.Observe(30 * time.Microsecond)
	}
}
