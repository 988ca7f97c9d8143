package rig

import (
	"context"
	"time"

	"github.com/isolane/isolane/experiments/loadgen"
	"github.com/isolane/isolane/experiments/workload"
)

// Targets are the ten functions of the workload, each as often as the others; those that
// compute alone where computing is set.
func Targets(prefix, origin string, computing bool) []loadgen.Target {
	var list []loadgen.Target
	for _, f := range workload.Functions() {
		if f.Computes || !computing {
			list = append(list, loadgen.Target{Subject: prefix + f.Name, Weight: 1, Payload: f.Payload(origin)})
		}
	}
	return list
}

// Open sends an open loop from a process of its own at place, for a time, and returns what
// came of it.
func (r *Rig) Open(ctx context.Context, place Place, url string, cfg loadgen.Config, rate float64, duration time.Duration) (*loadgen.StepResult, error) {
	cfg.Steps = []loadgen.Step{{Rate: rate, Duration: duration}}
	result, err := r.Load(ctx, LoadConfig{Place: place, NATS: url, Load: cfg})
	if err != nil {
		return nil, err
	}
	return &result.Steps[0], nil
}

// Bad is the part of a step's calls that did not end well, 0 to 1.
func Bad(step *loadgen.StepResult) float64 {
	total, ok := 0.0, float64(step.Ends[loadgen.EndOK])
	for _, n := range step.Ends {
		total += float64(n)
	}
	if total == 0 {
		return 1
	}
	return 1 - ok/total
}
