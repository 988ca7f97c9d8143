// Package catalog lists the experiments of the laboratory, in the order in which their
// report is read, and the programs that they run as processes of their own.
package catalog

import (
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/parts"
)

// Experiments are all of them.
func Experiments() []lab.Experiment {
	return []lab.Experiment{}
}

// Parts are the programs of "isolane experiment part NAME".
func Parts() []parts.Part {
	return parts.All()
}
