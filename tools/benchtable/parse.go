package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The units that a pair reports.
const (
	unitRatio  = "x-bare"
	unitP10    = "x-bare-p10"
	unitP90    = "x-bare-p90"
	unitCPU    = "x-cpu"
	unitOurs   = "ours-ns"
	unitBare   = "bare-ns"
	unitTarget = "x-target"
)

// pair is what all runs of one benchmark reported, by unit.
type pair struct {
	name    string
	metrics map[string][]float64
}

// parse returns the pairs in the order in which they first appear.
func parse(r io.Reader) ([]pair, error) {
	var pairs []pair
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, metrics, ok := parseLine(lines.Text())
		if !ok || len(metrics) == 0 {
			continue
		}
		if _, measured := metrics[unitRatio]; !measured {
			continue
		}
		n := slices.IndexFunc(pairs, func(p pair) bool { return p.name == name })
		if n < 0 {
			n = len(pairs)
			pairs = append(pairs, pair{name: name, metrics: make(map[string][]float64)})
		}
		for unit, value := range metrics {
			pairs[n].metrics[unit] = append(pairs[n].metrics[unit], value)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading benchmark output: %w", err)
	}
	return pairs, nil
}

// parseLine reads "BenchmarkCost/warm-64B-2  20  9000 ours-ns  1.2 x-bare": a name, a
// number of iterations, and pairs of value and unit.
func parseLine(line string) (name string, metrics map[string]float64, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 || len(fields)%2 != 0 || !strings.HasPrefix(fields[0], "Benchmark") {
		return "", nil, false
	}
	metrics = make(map[string]float64)
	for n := 2; n < len(fields); n += 2 {
		value, err := strconv.ParseFloat(fields[n], 64)
		if err != nil {
			return "", nil, false
		}
		metrics[fields[n+1]] = value
	}
	return shortName(fields[0]), metrics, true
}

// shortName drops the word Benchmark and the number of processors.
func shortName(name string) string {
	name = strings.TrimPrefix(name, "Benchmark")
	if at := strings.LastIndexByte(name, '-'); at >= 0 {
		if _, err := strconv.Atoi(name[at+1:]); err == nil {
			return name[:at]
		}
	}
	return name
}
