package metrics

import (
	"time"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/cmd/isolane/internal/metrics/top"
	"github.com/isolane/isolane/jsruntime/function"
)

// What is counted of a function, as package top takes it: all answers, by outcome, the
// durations, their sum and the time in JavaScript in nanoseconds.
const (
	atAll      = 0
	atOutcomes = 1
	atBuckets  = atOutcomes + int(function.Canceled) + 1
	atSum      = atBuckets + latency.Buckets
	atCPU      = atSum + 1
	width      = atCPU + 1
)

// numbers are what stands counted of a function.
func numbers(fn *actors.FunctionInfo, n *[width]uint64) {
	*n = [width]uint64{}
	for o, count := range fn.Outcomes {
		n[atOutcomes+int(o)] = count
		n[atAll] += count
	}
	n[atCPU] = uint64(fn.Used.CPU) //nolint:gosec // a sum of what is positive
	if fn.Latency != nil {
		copy(n[atBuckets:], fn.Latency.N[:])
		n[atSum] = uint64(fn.Latency.Sum) //nolint:gosec // a sum of what is positive
	}
}

// functions shows all functions together, and the busiest each.
func (c *collector) functions(out sink) {
	infos := c.src.Functions()
	var whole latency.Counts
	var traces []actors.Traced
	own := map[string][]actors.Traced{}
	var n [width]uint64
	c.perCall.Begin()
	for i := range infos {
		fn := &infos[i]
		numbers(fn, &n)
		c.perCall.Count(fn.Name, n[:])
		if fn.Latency != nil {
			whole.Add(fn.Latency)
		}
		if len(fn.Traces) > 0 {
			traces = append(traces, fn.Traces...)
			own[fn.Name] = fn.Traces
		}
	}
	out.gauge(functions, float64(len(infos)), "served")
	out.histogram(duration, octaves(1), &whole, traces)
	for _, s := range c.perCall.End() {
		for _, o := range function.Outcomes() {
			if count := s.N[atOutcomes+int(o)]; count > 0 || o == function.OK {
				out.counter(functionCalls, count, s.Name, o.String())
			}
		}
		out.seconds(functionCPU, time.Duration(s.N[atCPU]).Seconds(), s.Name) //nolint:gosec // see numbers
		var took latency.Counts
		copy(took.N[:], s.N[atBuckets:])
		took.Sum = time.Duration(s.N[atSum]) //nolint:gosec // see numbers
		var exemplars []actors.Traced
		if s.Name != top.Other {
			exemplars = own[s.Name]
		}
		out.histogram(functionDuration, octaves(2), &took, exemplars, s.Name)
	}
}
