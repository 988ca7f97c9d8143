package main

import (
	"github.com/isolane/isolane/tools/benchpeers/internal/verdict"
)

// target is what Isolane's cost is to be of another's, under one load.
type target struct {
	Ours   string `json:"ours"`
	Theirs string `json:"theirs"`
	Load   string `json:"load"`
	// AtMost is the ratio of the processor times for 1,000 calls.
	AtMost float64 `json:"atMost"`
}

// targets are all, in the order of the table.
func (c config) targets() []target {
	const third = 1.0 / 3
	all := []target{
		{"isolane", "deno", "mixed-64", 1},
		{"isolane", "deno", "callouts-256", 1},
	}
	for _, load := range []string{"echo-1", "echo-16", "echo-128"} {
		all = append(all, target{"isolane", "deno", load, 1.3}, target{"isolane", "deno-pool", load, third})
	}
	all = append(all,
		target{"isolane-context", "node-vm", "echo-16", 0.75},
		target{"isolane-isolate", "deno-worker", "echo-16", 0.1},
		target{"isolane-isolate", "workerd-isolate", "echo-16", third},
	)
	for _, l := range chosenLoads(c) {
		if c.before != "" {
			all = append(all, target{"isolane", "isolane-before", l.name, 1})
		}
	}
	return all
}

// judged is a target with what the run says of it.
type judged struct {
	target
	// Ratio is that of the rounds, Word the verdict; Unknown says why there is none.
	Ratio   verdict.Spread `json:"ratio"`
	Word    verdict.Word   `json:"verdict,omitempty"`
	Unknown string         `json:"unknown,omitempty"`
}

// judge says of each target whether it is met.
func (r *result) judge(all []target) {
	for _, t := range all {
		j := judged{target: t}
		ours, theirs := r.find(t.Ours, t.Load), r.find(t.Theirs, t.Load)
		for _, c := range []*cell{ours, theirs} {
			if c == nil || c.Failed != "" || len(c.Samples) == 0 {
				j.Unknown = "not measured"
			}
		}
		if j.Unknown == "" {
			var err error
			if j.Ratio, err = verdict.Ratio(ours.rounds(cpu), theirs.rounds(cpu)); err != nil {
				j.Unknown = err.Error()
			} else {
				j.Word = verdict.Judge(j.Ratio, t.AtMost)
			}
		}
		r.Verdicts = append(r.Verdicts, j)
	}
}
