package page

import (
	"slices"
	"time"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// Recent is what was seen of a function lately, on all nodes that answered.
type Recent struct {
	// Columns are its durations by when calls ended, the oldest first; Failures are the
	// answers that were not ok, the newest first.
	Columns  [Slots]latency.Counts
	Failures []Failure
	// Missing are the nodes that were asked and did not answer, by name.
	Missing []string
}

// Tell is what a node tells of its history.
func Tell(node string, columns *[Slots]latency.Counts, failures []Failure, now time.Time) admin.Recent {
	out := admin.Recent{Node: node, Columns: []admin.RecentColumn{}, Failures: []admin.RecentFailure{}}
	for i := range columns {
		if took := admin.DurationsOf(&columns[i]); took != nil {
			out.Columns = append(out.Columns, admin.RecentColumn{Ago: Slots - 1 - i, Durations: took})
		}
	}
	for _, f := range failures {
		out.Failures = append(out.Failures, admin.RecentFailure{
			Outcome: f.Outcome, Message: f.Message, Stack: f.Stack, AgoMS: max(0, now.Sub(f.Seen).Milliseconds()),
		})
	}
	return out
}

// Together is what nodes tell, at now; expected are those that were asked. Of failures that are
// the same there is one, with the nodes that had it.
func Together(told []admin.Recent, expected []string, now time.Time) Recent {
	var r Recent
	for _, one := range told {
		for _, c := range one.Columns {
			if at := Slots - 1 - c.Ago; at >= 0 && at < Slots {
				c.Durations.Add(&r.Columns[at])
			}
		}
		for _, f := range one.Failures[:min(len(one.Failures), maxFailures)] {
			r.add(one.Node, Failure{
				Outcome: f.Outcome, Message: f.Message, Stack: f.Stack, Seen: now.Add(-time.Duration(f.AgoMS) * time.Millisecond),
			})
		}
	}
	slices.SortStableFunc(r.Failures, func(a, b Failure) int { return b.Seen.Compare(a.Seen) })
	r.Failures = r.Failures[:min(len(r.Failures), maxFailures)]
	for _, name := range expected {
		if !slices.ContainsFunc(told, func(one admin.Recent) bool { return one.Node == name }) {
			r.Missing = append(r.Missing, name)
		}
	}
	slices.Sort(r.Missing)
	return r
}

// add takes in a failure of a node.
func (r *Recent) add(node string, f Failure) {
	at := slices.IndexFunc(r.Failures, f.same)
	if at < 0 {
		f.Nodes = []string{node}
		r.Failures = append(r.Failures, f)
		return
	}
	have := &r.Failures[at]
	if !slices.Contains(have.Nodes, node) {
		have.Nodes = append(have.Nodes, node)
	}
	if f.Seen.After(have.Seen) {
		have.Seen = f.Seen
	}
}
