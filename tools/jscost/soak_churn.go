package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/isolane/isolane/tools/jscost/internal/churn"
	"github.com/isolane/isolane/tools/jscost/internal/report"
)

func soakIsolates(ctx context.Context, args []string, out io.Writer) error {
	return soakChurn(ctx, "soak-isolates", churn.Config{What: churn.Isolates, Count: 10_000}, 300, args, out)
}

func soakContexts(ctx context.Context, args []string, out io.Writer) error {
	return soakChurn(ctx, "soak-contexts", churn.Config{What: churn.Contexts, Count: 20_000}, 1000, args, out)
}

// soakChurn measures all sides, each in a process of its own. Ours may keep most bytes for
// each more than the binding alone.
func soakChurn(ctx context.Context, name string, cfg churn.Config, most float64, args []string, out io.Writer) error {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.IntVar(&cfg.Count, "n", cfg.Count, cfg.What+" made and retired")
	flags.IntVar(&cfg.Every, "every", 1000, cfg.What+" between two rows")
	flags.Float64Var(&most, "most", most, "how many bytes more than the binding's may stay of each")
	flags.StringVar(&cfg.Side, "side", "", "internal: measure ours, web or bare in this process, and print JSON")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if cfg.Side != "" {
		return churnHere(ctx, cfg, out)
	}
	var faults error
	stays := make(map[string]float64)
	for _, side := range []string{churn.Ours, churn.Web, churn.Bare} {
		say(out, "%s, %s:\n\n", cfg.What, side)
		rows, err := churnThere(ctx, name, cfg, side, out)
		if err != nil {
			return err
		}
		last := rows[len(rows)-1]
		stays[side] = churn.PerEach(rows)
		say(out, "\n%s: %.0f bytes of resident memory stay for each, by least squares\n\n", side, stays[side])
		alive := int64(0)
		if cfg.What == churn.Contexts {
			alive = 1
		}
		if last.Made-last.Disposed != alive {
			faults = errors.Join(faults, fmt.Errorf("%s: %d isolates are alive, want %d", side, last.Made-last.Disposed, alive))
		}
		if first := rows[0].Sample; last.Sample.Goroutines > first.Goroutines || last.Sample.Files > first.Files {
			faults = errors.Join(faults, fmt.Errorf("%s: goroutines or files grew", side))
		}
	}
	for _, side := range []string{churn.Ours, churn.Web} {
		if over := stays[side] - stays[churn.Bare]; over > most {
			faults = errors.Join(faults, fmt.Errorf("%s keeps %.0f bytes more than the binding for each, where %.0f are allowed", side, over, most))
		}
	}
	return verdict(out, "no isolate, goroutine or file stayed, and no more memory than of the binding's", faults)
}

// churnHere measures one side and prints a row of JSON for each sample.
func churnHere(ctx context.Context, cfg churn.Config, out io.Writer) error {
	var failed error
	encoder := json.NewEncoder(out)
	err := churn.Run(ctx, cfg, func(r churn.Row) { failed = errors.Join(failed, encoder.Encode(r)) })
	return errors.Join(err, failed)
}

// churnThere runs churnHere in a process, and prints its rows as a table.
func churnThere(ctx context.Context, name string, cfg churn.Config, side string, out io.Writer) ([]churn.Row, error) {
	table := report.NewTable(out, "after", "resident", "Go heap", "V8 heap", "goroutines", "files", "threads", "isolates made", "disposed")
	var rows []churn.Row
	args := []string{name, "-side", side, "-n", fmt.Sprint(cfg.Count), "-every", fmt.Sprint(cfg.Every)}
	err := self(ctx, args, func(r churn.Row) {
		rows = append(rows, r)
		s := r.Sample
		table.Row(r.After, report.MB(s.Resident), report.MB(s.GoHeap), report.MB(r.Heap), s.Goroutines, s.Files, s.Threads, r.Made, r.Disposed)
	})
	if err == nil && len(rows) == 0 {
		err = errors.New("no rows")
	}
	return rows, errors.Join(err, table.Err())
}
