package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/jscost/internal/manyfn"
	"github.com/isolane/isolane/tools/jscost/internal/report"
)

// functionsTarget is the most that a process with a thousand warm functions should
// have resident, in bytes.
const functionsTarget = 600_000_000

// functionsMemory measures each scenario in a process of its own.
func functionsMemory(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("functions", flag.ContinueOnError)
	count := flags.Int("n", 1000, "functions")
	rounds := flags.Int("rounds", 10, "calls of each function")
	lines := flags.String("json", "", "a file to append a line of JSON to for each scenario")
	only := flags.String("only", "", "measure this scenario alone")
	here := flags.String("here", "", "internal: measure this scenario in this process, and print JSON")
	heap := flags.String("heap", "", "internal: a file for a profile of Go's heap, with -here")
	if err := flags.Parse(args); err != nil {
		return err
	}
	for _, s := range manyfn.Scenarios(*count, *rounds) {
		if s.Name == *here {
			r, err := manyfn.Run(ctx, s)
			return errors.Join(err, json.NewEncoder(out).Encode(r), writeHeap(*heap))
		}
	}
	if *here != "" {
		return fmt.Errorf("no scenario %q", *here)
	}
	say(out, "%d functions, each called %d times in a random order; target: under %s resident\n\n", *count, *rounds, report.MB(functionsTarget))
	table := report.NewTable(out, "scenario", "runtimes", "contexts at most", "state each", "warm", "resident before", "resident after", "for each context", "V8 heaps", "cold calls", "runtimes lost", "slowest call", "calls/s", "verdict")
	var faults error
	for _, s := range manyfn.Scenarios(*count, *rounds) {
		if *only != "" && s.Name != *only {
			continue
		}
		err := self(ctx, []string{"functions", "-n", fmt.Sprint(*count), "-rounds", fmt.Sprint(*rounds), "-here", s.Name}, func(r manyfn.Report) {
			good := r.After.Resident < functionsTarget && r.Lost == 0
			table.Row(s.Name, s.Runtimes, s.MaxContexts, report.KB(s.State), r.Warm, report.MB(r.Before.Resident), report.MB(r.After.Resident),
				report.KB(r.PerContext()), report.MB(r.V8Heap), r.Cold, r.Lost, r.Slowest.Round(time.Millisecond), rate(s.Functions*s.Rounds, r.Took), word(good))
			if ok := r.Calls[function.OK]; ok != s.Functions*s.Rounds && r.Lost == 0 {
				faults = errors.Join(faults, fmt.Errorf("%s: outcomes %v of %d calls", s.Name, r.Calls, s.Functions*s.Rounds))
			}
			faults = errors.Join(faults, appendLine(*lines, r))
		})
		if err != nil {
			return err
		}
	}
	return errors.Join(faults, table.Err())
}

func rate(n int, took time.Duration) string {
	return fmt.Sprintf("%.0f", float64(n)/took.Seconds())
}

func word(good bool) string {
	if good {
		return "met"
	}
	return "missed"
}
