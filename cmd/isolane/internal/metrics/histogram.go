package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/actors/latency"
)

// octaves are the buckets of package latency that a histogram shows, each with the ones
// before: one for every so many doublings, the longest among them.
func octaves(every int) []int {
	var shown []int
	// The last one with an end, and back from there in steps of a doubling.
	for b := latency.Buckets - 2; b >= 0; b -= 2 * every {
		shown = append(shown, b)
	}
	slices.Reverse(shown)
	return shown
}

// histogram sends one, with the newest of the traces in each bucket.
func (s sink) histogram(name string, shown []int, c *latency.Counts, traces []actors.Traced, labels ...string) {
	buckets := make(map[float64]uint64, len(shown))
	var sum uint64
	next := 0
	for i, n := range c.N {
		sum += n
		if next < len(shown) && shown[next] == i {
			buckets[latency.Bound(i).Seconds()] = sum
			next++
		}
	}
	m := prometheus.MustNewConstHistogram(s.descs[name], sum, c.Sum.Seconds(), buckets, labels...)
	if with, err := prometheus.NewMetricWithExemplars(m, exemplars(shown, traces)...); err == nil {
		m = with // else there are none
	}
	s.to <- m
}

// exemplars are the newest of the traces in each bucket that is shown.
func exemplars(shown []int, traces []actors.Traced) []prometheus.Exemplar {
	newest := map[int]actors.Traced{}
	for _, t := range traces {
		in, _ := slices.BinarySearchFunc(shown, t.Took, func(b int, d time.Duration) int {
			if latency.Bound(b) < d {
				return -1
			}
			return 1
		})
		if t.At.After(newest[in].At) {
			newest[in] = t
		}
	}
	all := make([]prometheus.Exemplar, 0, len(newest))
	for _, t := range newest {
		all = append(all, prometheus.Exemplar{Value: t.Took.Seconds(), Labels: prometheus.Labels{"trace_id": t.ID}, Timestamp: t.At})
	}
	return all
}
