//go:build !rogchap && unix

package v8_test

import (
	"math"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	// slice is how long one side runs before it is the other's turn: long enough for
	// a few fresh isolates, short enough that both sides see the same machine.
	slice = 25 * time.Millisecond
	// minRounds is the fewest rounds that a median and its spread are taken from.
	minRounds = 20
)

// call does the measured thing once, and checks that it did.
type call func() error

// pair is the same thing done by two sides. Its ratio is measured in rounds, in each
// of which both sides run for a slice: what else the machine does spoils some rounds,
// or both sides of one, and the median over the rounds not.
type pair struct {
	ours, bare call
	target     float64
}

// cost is what one call took, in nanoseconds.
type cost struct {
	wall float64
	// cpu is that of the whole process, so it counts what either side leaves to
	// other threads (V8's and Go's collectors), and not the machine's other work.
	cpu float64
}

// run reports the median of the rounds' ratios, with the tenth and the ninetieth
// percentile, that of the CPU time, and the median times of a call. An iteration of
// the benchmark is a round.
func (p pair) run(b *testing.B) {
	b.Helper()
	var ratios, cpu, ours, bare []float64
	round := func() {
		o, r, err := p.round(len(ratios)%2 == 0)
		if err != nil {
			b.Fatal(err)
		}
		ours, bare = append(ours, o.wall), append(bare, r.wall)
		ratios, cpu = append(ratios, o.wall/r.wall), append(cpu, o.cpu/r.cpu)
	}
	if _, _, err := p.round(true); err != nil { // caches and code warm up
		b.Fatal(err)
	}
	for b.Loop() {
		round()
	}
	for len(ratios) < minRounds {
		round()
	}
	b.ReportMetric(0, "ns/op") // that of a round says nothing
	b.ReportMetric(quantile(ratios, 0.5), "x-bare")
	b.ReportMetric(quantile(ratios, 0.1), "x-bare-p10")
	b.ReportMetric(quantile(ratios, 0.9), "x-bare-p90")
	b.ReportMetric(quantile(cpu, 0.5), "x-cpu")
	b.ReportMetric(quantile(ours, 0.5), "ours-ns")
	b.ReportMetric(quantile(bare, 0.5), "bare-ns")
	if p.target > 0 {
		b.ReportMetric(p.target, "x-target")
	}
}

// round runs both sides for a slice each. Who goes first changes, so that neither
// always runs after the other's garbage.
func (p pair) round(oursFirst bool) (ours, bare cost, err error) {
	if oursFirst {
		if ours, err = p.ours.spend(); err == nil {
			bare, err = p.bare.spend()
		}
		return ours, bare, err
	}
	if bare, err = p.bare.spend(); err == nil {
		ours, err = p.ours.spend()
	}
	return ours, bare, err
}

// spend calls c for a slice and returns what one call took.
func (c call) spend() (cost, error) {
	used, err := processCPU()
	if err != nil {
		return cost{}, err
	}
	began := time.Now()
	for n := 1; ; n++ {
		if err := c(); err != nil {
			return cost{}, err
		}
		spent := time.Since(began)
		if spent < slice {
			continue
		}
		now, err := processCPU()
		return cost{
			wall: float64(spent.Nanoseconds()) / float64(n),
			cpu:  float64((now - used).Nanoseconds()) / float64(n),
		}, err
	}
}

// processCPU is the CPU time that all threads have used.
func processCPU() (time.Duration, error) {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0, err
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), nil
}

// quantile returns the value below which the share q of the values lies, the nearest
// one that was measured.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(math.Round(q*float64(len(sorted)-1)))]
}

func TestQuantile(t *testing.T) {
	values := []float64{9, 1, 8, 2, 7, 3, 6, 4, 5, 10, 0}
	for _, c := range []struct{ q, want float64 }{{0, 0}, {0.1, 1}, {0.5, 5}, {0.9, 9}, {1, 10}} {
		require.InDelta(t, c.want, quantile(values, c.q), 0, "quantile %v", c.q)
	}
	require.InDelta(t, 9.0, values[0], 0, "the values keep their order")
	require.InDelta(t, 4.0, quantile([]float64{4}, 0.9), 0)
}
