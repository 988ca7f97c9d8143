package monitor

import (
	"time"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
)

// Snapshot is what the nodes said at one time.
type Snapshot struct {
	At time.Time `json:"at"`
	// From is the node whose view of the membership Members is.
	From      string           `json:"from"`
	Members   []admin.Member   `json:"members"`
	Nodes     []admin.Runtimes `json:"nodes"`
	Functions []fleet.Function `json:"functions"`
	Broken    []fleet.Broken   `json:"broken"`
	// Note is what there is to say of the answers; "" for nothing.
	Note string `json:"note,omitempty"`
}

// runtime is one row of the runtimes.
type runtime struct {
	node string
	admin.Runtime
}

// function is one row of the functions.
type function struct {
	*fleet.Function
	calls, errors uint64
	// rate is calls in a second since the snapshot before; below 0 where that is not known.
	rate     float64
	p50, p99 time.Duration
	// why is set for one that cannot be served as it is.
	why string
}

// runtimesOf are the rows of a snapshot's runtimes.
func runtimesOf(s *Snapshot) []runtime {
	var all []runtime
	for _, node := range s.Nodes {
		for _, r := range node.Runtimes {
			all = append(all, runtime{node: node.Node, Runtime: r})
		}
	}
	return all
}

// functionsOf are the rows of a snapshot's functions; before is the one before it, or nil.
func functionsOf(s, before *Snapshot) []function {
	earlier := map[string]uint64{}
	var passed float64
	if before != nil {
		passed = s.At.Sub(before.At).Seconds()
		for i := range before.Functions {
			earlier[before.Functions[i].Name], _ = fleet.Calls(before.Functions[i].Outcomes)
		}
	}
	all := make([]function, 0, len(s.Functions)+len(s.Broken))
	for i := range s.Functions {
		fn := function{Function: &s.Functions[i], rate: -1}
		fn.calls, fn.errors = fleet.Calls(fn.Outcomes)
		fn.p50, fn.p99 = fn.Latency.Quantile(0.5), fn.Latency.Quantile(0.99)
		// Fewer than before: a node has left, or began anew.
		if was, known := earlier[fn.Name]; known && passed > 0 && fn.calls >= was {
			fn.rate = float64(fn.calls-was) / passed
		}
		all = append(all, fn)
	}
	for i := range s.Broken {
		b := &s.Broken[i]
		shown := &fleet.Function{Name: b.Name, Source: b.Source}
		for _, node := range b.Nodes {
			shown.Nodes = append(shown.Nodes, fleet.Part{Node: node})
		}
		all = append(all, function{Function: shown, rate: -1, why: b.Error})
	}
	return all
}
