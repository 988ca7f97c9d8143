package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// write prints the table.
func write(w io.Writer, pairs []pair) error {
	var b strings.Builder
	b.WriteString("| pair | ours, us | bare, us | ratio (p10–p90) | of CPU | target | verdict |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, p := range pairs {
		target, verdict := p.judge()
		fmt.Fprintf(&b, "| %s | %s | %s | %.2f (%.2f–%.2f) | %.2f | %s | %s |\n",
			p.name, micros(p.median(unitOurs)), micros(p.median(unitBare)),
			p.median(unitRatio), p.least(unitP10), p.most(unitP90), p.median(unitCPU), target, verdict)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// judge returns the target and whether the ratio meets it.
func (p pair) judge() (target, verdict string) {
	limit, ratio := p.median(unitTarget), p.median(unitRatio)
	switch {
	case limit == 0:
		return "none", "–"
	case ratio <= limit:
		return fmt.Sprintf("%.2f", limit), "met"
	default:
		return fmt.Sprintf("%.2f", limit), "missed"
	}
}

// median returns the median of what the runs reported, or 0 where they reported
// nothing.
func (p pair) median(unit string) float64 {
	values := slices.Sorted(slices.Values(p.metrics[unit]))
	if len(values) == 0 {
		return 0
	}
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func (p pair) least(unit string) float64 {
	if len(p.metrics[unit]) == 0 {
		return 0
	}
	return slices.Min(p.metrics[unit])
}

func (p pair) most(unit string) float64 {
	if len(p.metrics[unit]) == 0 {
		return 0
	}
	return slices.Max(p.metrics[unit])
}

// micros writes nanoseconds as microseconds, with three digits or more.
func micros(ns float64) string {
	us := ns / 1000
	switch {
	case us < 10:
		return fmt.Sprintf("%.2f", us)
	case us < 100:
		return fmt.Sprintf("%.1f", us)
	default:
		return fmt.Sprintf("%.0f", us)
	}
}
