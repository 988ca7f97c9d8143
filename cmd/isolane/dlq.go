package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/deadletter"
)

// dlqFlags are those of every dlq command.
type dlqFlags struct {
	askFlags
	function string
	stream   string
}

func newDLQ(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dlq",
		Short: "The dead letters: messages that functions could not handle",
		Long: `The dead letters: messages of streams that a function failed on as often as its
manifest allows. They are in the stream ISOLANE_DLQ, with payload, headers and why.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDLQLs(std), newDLQShow(std), newDLQRedrive(std), newDLQDrop(std))
	return cmd
}

// newDLQCommand makes a command that works on the box within its timeout.
func newDLQCommand(std streams, cmd *cobra.Command, f *dlqFlags, filtered bool, run func(ctx context.Context, box *letterbox, args []string) error) *cobra.Command {
	f.addWhole(cmd, "how long to wait for the server, in all")
	if filtered {
		cmd.Flags().StringVar(&f.function, "function", "", "only those of the `FUNCTION` of this name")
		cmd.Flags().StringVar(&f.stream, "stream", "", "only those of the `STREAM` of this name")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return f.reach(cmd, std, func(ctx context.Context, at reached) error {
			box := &letterbox{Box: deadletter.New(at.js, deadletter.DefaultConfig()), conn: at.conn, queue: at.settings.QueueGroup}
			defer box.close()
			return run(ctx, box, args)
		})
	}
	return cmd
}

func (f *dlqFlags) filter() deadletter.Filter {
	return deadletter.Filter{Function: f.function, Stream: f.stream}
}

func newDLQLs(std streams) *cobra.Command {
	var f dlqFlags
	cmd := &cobra.Command{Use: "ls", Short: "List the dead letters, the oldest first", Args: cobra.NoArgs}
	return newDLQCommand(std, cmd, &f, true, func(ctx context.Context, box *letterbox, _ []string) error {
		table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		if !f.json {
			_, _ = fmt.Fprintln(table, "NUMBER\tFILED\tFUNCTION\tOUTCOME\tATTEMPTS\tSTREAM\tSEQUENCE\tSUBJECT\tBYTES")
		}
		for l, err := range box.All(ctx, f.filter()) {
			switch {
			case errors.Is(err, deadletter.ErrNoBox):
				return table.Flush() // as none
			case errors.Is(err, deadletter.ErrForeign):
				_, _ = fmt.Fprintf(std.err, "left out: %v\n", err)
				continue
			case err != nil:
				return err
			}
			if f.json { // a line each: there may be many
				if err := printLetter(std, l); err != nil {
					return err
				}
				continue
			}
			_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%d\t%s\t%d\t%s\t%d\n", l.Number, l.Filed.Format(time.RFC3339), l.Function,
				l.Outcome, l.Attempts, l.Stream, l.Sequence, l.Subject, len(l.Payload))
		}
		return table.Flush()
	})
}

func printLetter(std streams, l *deadletter.Letter) error {
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode the letter: %w", err)
	}
	_, err = fmt.Fprintln(std.out, string(text))
	return err
}

// letterNumbers reads the numbers that a command was given.
func letterNumbers(args []string) ([]uint64, error) {
	numbers := make([]uint64, 0, len(args))
	for _, arg := range args {
		n, err := strconv.ParseUint(arg, 10, 64)
		if err != nil || n == 0 {
			return nil, &usageError{err: fmt.Errorf("%q is no number of a dead letter: see isolane dlq ls", arg)}
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}
