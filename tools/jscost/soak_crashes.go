package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/jscost/internal/crash"
	"github.com/isolane/isolane/tools/jscost/internal/report"
)

// soakCrashes crashes two runtimes in turn with every kind of fault.
func soakCrashes(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("soak-crashes", flag.ContinueOnError)
	cfg := crash.Config{Patience: time.Minute}
	flags.IntVar(&cfg.Crashes, "n", 10_000, "crashes")
	flags.IntVar(&cfg.Every, "every", 1000, "crashes between two rows")
	flags.IntVar(&cfg.Owners, "owners", 2, "runtimes that crash at the same time")
	growth := flags.Float64("growth", 0.10, "by how much resident memory may be above that of the first row, in any other")
	if err := flags.Parse(args); err != nil {
		return err
	}
	table := report.NewTable(out, "crashes", "resident", "Go heap", "goroutines", "files", "threads", "isolates made", "disposed", "crashes/s")
	last := 0
	result, faults := crash.Soak(ctx, cfg, func(r crash.Row) {
		s := r.Sample
		table.Row(r.Crashes, report.MB(s.Resident), report.MB(s.GoHeap), s.Goroutines, s.Files, s.Threads,
			r.Made, r.Disposed, fmt.Sprintf("%.0f", float64(r.Crashes-last)/r.Took.Seconds()))
		last = r.Crashes
	})
	if err := errors.Join(table.Err(), writeEnds(out, result)); err != nil {
		return err
	}
	if len(result.Rows) > 0 {
		by, err := grown(result.Rows, *growth)
		say(out, "\nthe row with the most is %.1f %% above the first one\n", 100*by)
		faults = errors.Join(faults, err)
	}
	return verdict(out, "every crash was told apart and every call after one served; no isolate, goroutine or file stayed, and memory did not grow", faults)
}

// writeEnds prints how each kind ended.
func writeEnds(out io.Writer, result crash.Result) error {
	say(out, "\n")
	table := report.NewTable(out, "kind", "outcome", "crashes", "costs the runtime")
	for _, k := range crash.Kinds() {
		for _, o := range function.Outcomes() {
			if n := result.Ends[k.Name][o]; n > 0 {
				table.Row(k.Name, o, n, k.Lost)
			}
		}
	}
	return table.Err()
}

// grown compares the resident memory of the row with the most with that of the first.
func grown(rows []crash.Row, most float64) (by float64, err error) {
	first := rows[0].Sample.Resident
	for _, r := range rows[1:] {
		by = max(by, float64(r.Sample.Resident-first)/float64(first))
	}
	if by > most {
		return by, fmt.Errorf("resident memory grew by %.0f %%, where %.0f %% is allowed", 100*by, 100*most)
	}
	return by, nil
}
