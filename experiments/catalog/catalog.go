// Package catalog lists the experiments of the laboratory, in the order in which their
// report is read, and the programs that they run as processes of their own.
package catalog

import (
	"slices"

	"github.com/isolane/isolane/experiments/dynamic"
	"github.com/isolane/isolane/experiments/engines"
	"github.com/isolane/isolane/experiments/inout"
	"github.com/isolane/isolane/experiments/isolation"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/parts"
	"github.com/isolane/isolane/experiments/multinode"
	"github.com/isolane/isolane/experiments/restarts"
	"github.com/isolane/isolane/experiments/runtimes"
	"github.com/isolane/isolane/experiments/singlenode"
)

// Experiments are all of them.
func Experiments() []lab.Experiment {
	return []lab.Experiment{
		isolation.Experiment(),
		engines.Experiment(),
		runtimes.Experiment(),
		inout.Experiment(),
		dynamic.Experiment(),
		singlenode.Experiment(),
		multinode.Experiment(),
		restarts.Experiment(),
	}
}

// Parts are the programs of "isolane experiment part NAME".
func Parts() []parts.Part {
	return slices.Concat(parts.All(), isolation.Parts(), engines.Parts())
}
