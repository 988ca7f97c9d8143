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
	growth := flags.Float64("growth", 0.10, "by how much resident memory may grow over the whole run")
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
		say(out, "\nby least squares resident memory grew by %.1f %% over the whole run\n", 100*by)
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

// grown draws a line through the resident memory of the rows, by least squares, and compares what it
// rises over the whole run with where it begins. One row against another says little, since what V8
// and malloc keep free goes up and down. The first fifth is left out, in which that fills.
func grown(rows []crash.Row, most float64) (by float64, err error) {
	kept := rows[len(rows)/5:]
	var x, y []float64
	var middle, level float64
	for _, r := range kept {
		x, y = append(x, float64(r.Crashes)), append(y, float64(r.Sample.Resident))
		middle += float64(r.Crashes) / float64(len(kept))
		level += float64(r.Sample.Resident) / float64(len(kept))
	}
	slope := report.Slope(x, y)
	if by = slope * float64(rows[len(rows)-1].Crashes) / (level - slope*middle); by > most {
		return by, fmt.Errorf("resident memory grew by %.0f %%, where %.0f %% is allowed", 100*by, 100*most)
	}
	return by, nil
}
