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
	minRounds = 40
)

// call does the measured thing once, and checks that it did.
type call func() error

// cost is what one call took, in nanoseconds.
type cost struct {
	Wall float64
	// CPU is that of the whole process, so it counts what a side leaves to other
	// threads (V8's and Go's collectors), and not the machine's other work.
	CPU float64
}

// run reports the median of the rounds' ratios, with the tenth and the ninetieth
// percentile, that of the CPU time, and the median times of a call. An iteration of
// the benchmark is a round, in which both sides run for a slice each: what else the
// machine does spoils some rounds, or both sides of one, and the median over the rounds
// not.
func (p pair) run(b *testing.B) {
	sides := [2]side{newSide(b, p.name+oursSuffix), newSide(b, p.name+bareSuffix)}
	var ratios, cpu, ours, bare []float64
	round := func() {
		o, r, err := turns(sides, len(ratios)%2)
		if err != nil {
			b.Fatal(err)
		}
		ours, bare = append(ours, o.Wall), append(bare, r.Wall)
		ratios, cpu = append(ratios, o.Wall/r.Wall), append(cpu, o.CPU/r.CPU)
	}
	if _, _, err := turns(sides, 0); err != nil { // caches and code warm up
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

// turns runs both sides for a slice each. Who goes first changes, so that neither
// always has what the other leaves of the machine.
func turns(sides [2]side, first int) (ours, bare cost, err error) {
	var got [2]cost
	for _, n := range [2]int{first, 1 - first} {
		if got[n], err = sides[n].spend(); err != nil {
			return cost{}, cost{}, err
		}
	}
	return got[0], got[1], nil
}

// meter tells what calls took.
type meter struct {
	used time.Duration // CPU time at the end of the last slice
}

func newMeter() (*meter, error) {
	used, err := processCPU()
	return &meter{used}, err
}

// spend calls c for a slice and returns what one call took. What other threads did
// since the last slice counts for this one: they may be late.
func (m *meter) spend(c call) (cost, error) {
	began := time.Now()
	for n := 1; ; n++ {
		if err := c(); err != nil {
			return cost{}, err
		}
		wall := time.Since(began)
		if wall < slice {
			continue
		}
		used, err := processCPU()
		if err != nil {
			return cost{}, err
		}
		cpu := used - m.used
		m.used = used
		return cost{float64(wall.Nanoseconds()) / float64(n), float64(cpu.Nanoseconds()) / float64(n)}, nil
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
