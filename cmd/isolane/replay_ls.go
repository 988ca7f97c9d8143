package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/records"
)

func newReplayLs(std streams) *cobra.Command {
	var f askFlags
	var q records.Query
	var kind string
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List what is recorded, the oldest first",
		Long: `List the runs that are recorded, the oldest first: when, of which function, what was run, how it
ended, and the id of the invocation for isolane replay --invocation. With --json there is a line for
each.`,
		Example: "  isolane replay ls --function order --kind alarm",
		Args:    cobra.NoArgs,
	}
	f.addWhole(cmd, "how long to wait for the server, in all")
	cmd.Flags().StringVar(&q.Function, "function", "", "only those of the `FUNCTION` of this name")
	cmd.Flags().StringVar(&q.Key, "key", "", "only those of this `KEY`")
	cmd.Flags().StringVar(&kind, "kind", "", "only those of this `KIND`: message, batch, alarm or call")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if q.Kind = records.Kind(kind); kind != "" && !slices.Contains(records.Kinds(), q.Kind) {
			return &usageError{err: fmt.Errorf("--kind %s: there are message, batch, alarm and call", kind)}
		}
		return f.reach(cmd, std, func(ctx context.Context, at reached) error {
			runs, foreign, err := records.New(at.js, records.DefaultConfig()).Find(ctx, q)
			if err != nil {
				return err
			}
			if foreign > 0 {
				_, _ = fmt.Fprintf(std.err, "left out: %d entries of the bucket that are no records of this version of Isolane\n", foreign)
			}
			return printRuns(std, runs, f.json)
		})
	}
	return cmd
}

func printRuns(std streams, runs []records.Run, asJSON bool) error {
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	if !asJSON {
		_, _ = fmt.Fprintln(table, "RECORDED\tFUNCTION\tKIND\tWHAT\tOUTCOME\tATTEMPT\tBYTES\tINVOCATION")
	}
	for _, r := range runs {
		if asJSON { // a line each: there may be many
			text, err := json.Marshal(r)
			if err != nil {
				return fmt.Errorf("encode what a record is of: %w", err)
			}
			_, _ = fmt.Fprintf(table, "%s\n", text)
			continue
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", r.At.Format(time.RFC3339), r.Function, r.Kind, shortened(r.What()),
			r.Outcome, r.Attempt, r.Bytes, shortened(r.Invocation))
	}
	return table.Flush()
}
