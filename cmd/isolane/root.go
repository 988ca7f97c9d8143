package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// environ is the environment as NAME=value pairs.
	environ []string
}

// getenv returns the last value of a variable, or "".
func (s streams) getenv(name string) string {
	var value string
	for _, pair := range s.environ {
		if k, v, ok := strings.Cut(pair, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// execute runs the command line and returns the process's exit status.
func execute(ctx context.Context, std streams, args []string) int {
	root, began := newRoot(std) //nolint:contextcheck // a command gets ctx when it runs, from ExecuteContext
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	if err != nil && !*began {
		err = &usageError{err: err}
	}
	if message := complaint(err); message != "" {
		paint := painter(std, std.err)
		_, _ = fmt.Fprintf(std.err, "%s %s\n", paint(red, "error:"), message)
	}
	return exitStatus(ctx, err)
}

// newRoot builds the tree of commands. began is set when one of them starts to
// work: an error before that is one of usage.
func newRoot(std streams) (root *cobra.Command, began *bool) {
	began = new(bool)
	root = &cobra.Command{
		Use:           "isolane",
		Short:         "Run JavaScript and TypeScript functions that NATS messages trigger",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(*cobra.Command, []string) {
			*began = true
		},
	}
	root.AddCommand(
		newRun(std),
		newInvoke(std),
		newDeploy(std),
		newFunctions(std),
		newMembers(std),
		newRuntimes(std),
		newTop(std),
		newTriggers(std),
		newProfile(std),
		newDrain(std),
		newHealth(std),
		newKeys(std),
		newDLQ(std),
		newReplay(std),
		newBench(std),
		newExperiment(std),
		newReport(std),
		newConfig(std),
		newDev(std),
		newDoctor(std),
		newInit(std),
		newMan(std),
		newTest(std),
		newTypes(std),
		newVersion(),
	)
	return root, began
}
