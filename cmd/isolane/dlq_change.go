package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/stream"
)

func newDLQShow(std streams) *cobra.Command {
	var f dlqFlags
	cmd := &cobra.Command{Use: "show NUMBER...", Short: "Show dead letters whole", Args: cobra.MinimumNArgs(1)}
	return newDLQCommand(std, cmd, &f, false, func(ctx context.Context, box *letterbox, args []string) error {
		numbers, err := letterNumbers(args)
		if err != nil {
			return err
		}
		for _, n := range numbers {
			l, err := box.Get(ctx, n)
			if err != nil {
				return err
			}
			if f.json {
				err = printLetter(std, l)
			} else {
				err = showLetter(std, l)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// showLetter prints a letter for people: what is known of it, its headers, its payload.
func showLetter(std streams, l *deadletter.Letter) error {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			_, _ = fmt.Fprintf(&b, "%-11s %s\n", name, strings.ReplaceAll(value, "\n", "\n            "))
		}
	}
	line("number", fmt.Sprint(l.Number))
	line("filed", l.Filed.Format(time.RFC3339Nano))
	line("function", strings.TrimSpace(l.Function+" "+l.Version))
	line("outcome", l.Outcome.String())
	line("error", l.Error)
	line("location", l.Location)
	line("stack", l.Stack)
	line("reason", l.Reason)
	line("attempts", fmt.Sprint(l.Attempts))
	line("invocation", l.Invocation)
	line("node", l.Node)
	line("stream", fmt.Sprintf("%s, sequence %d, stored %s", l.Stream, l.Sequence, l.Stored.Format(time.RFC3339Nano)))
	line("subject", l.Subject)
	switch _, ofAlarm := stream.AlarmOf(l); {
	case l.Record != "" && ofAlarm:
		line("recorded", "isolane replay --invocation "+l.Record)
	case l.Record != "":
		line("recorded", "isolane replay "+l.Record+" --function "+l.Function)
	}
	for _, name := range slices.Sorted(maps.Keys(l.Header)) {
		for _, value := range l.Header[name] {
			line("header", name+": "+value)
		}
	}
	_, _ = fmt.Fprintf(&b, "payload     %d bytes\n", len(l.Payload))
	if _, err := fmt.Fprint(std.out, b.String()); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "%s\n", l.Payload)
	return err
}

// newDLQChange makes a command that does something to the letters that were named, or
// with --all to those that the filter picks.
func newDLQChange(std streams, cmd *cobra.Command, f *dlqFlags, done string, change func(context.Context, *letterbox, *deadletter.Letter) error) *cobra.Command {
	var all bool
	cmd.Args = cobra.ArbitraryArgs
	cmd.Flags().BoolVar(&all, "all", false, "all of them, or all that --function and --stream pick")
	return newDLQCommand(std, cmd, f, true, func(ctx context.Context, box *letterbox, args []string) error {
		filtered := f.filter() != deadletter.Filter{}
		switch {
		case all == (len(args) > 0):
			return &usageError{err: errors.New("give numbers of dead letters, or --all")}
		case filtered && !all:
			return &usageError{err: errors.New("--function and --stream go with --all")}
		}
		numbers, err := letterNumbers(args)
		if err != nil {
			return err
		}
		var errs []error
		met, changed := 0, 0
		line := newMoving(std, f.json)
		defer line.close()
		for l, err := range chosen(ctx, box, f.filter(), numbers) {
			line.at(met, len(numbers), "%s %d", done, changed)
			if met++; err == nil {
				err = change(ctx, box, l)
			}
			if err == nil {
				changed++
				continue
			}
			if errs = append(errs, err); ctx.Err() != nil || len(errs) == maxComplaints {
				break
			}
		}
		line.close()
		if _, err := fmt.Fprintf(std.out, "%s %d of %d\n", done, changed, met); err != nil {
			return err
		}
		return errors.Join(errs...)
	})
}

// maxComplaints is at how many that fail a command gives up.
const maxComplaints = 20

// chosen yields the letters of these numbers, or those that f picks where there are none.
func chosen(ctx context.Context, box *letterbox, f deadletter.Filter, numbers []uint64) iter.Seq2[*deadletter.Letter, error] {
	return func(yield func(*deadletter.Letter, error) bool) {
		for _, n := range numbers {
			if !yield(box.Get(ctx, n)) {
				return
			}
		}
		if len(numbers) > 0 {
			return
		}
		for l, err := range box.All(ctx, f) {
			if errors.Is(err, deadletter.ErrNoBox) || errors.Is(err, deadletter.ErrForeign) {
				continue
			}
			if !yield(l, err) {
				return
			}
		}
	}
}

func newDLQRedrive(std streams) *cobra.Command {
	var f dlqFlags
	var to string
	cmd := &cobra.Command{
		Use:   "redrive {NUMBER... | --all}",
		Short: "Send dead letters again, to where they came from",
		Long: `Send dead letters again, to the subject and the stream that they came from, for the
function that failed alone, with the payload and the headers that they had. Each is taken
out when its stream has confirmed it. With --to they go to that subject instead, which a
stream must take.

The dead letter of a key's alarm has the alarm set again, due at once, as the function itself would
have set it: it fires behind what waits of its key. A node must have the function's keys, and the
key no other alarm.`,
		Example: "  isolane dlq redrive --all --function pay",
	}
	cmd.Flags().StringVar(&to, "to", "", "send them to this `SUBJECT` instead")
	return newDLQChange(std, cmd, &f, "sent again", func(ctx context.Context, box *letterbox, l *deadletter.Letter) error {
		if key, ok := stream.AlarmOf(l); ok && to == "" {
			return box.rearm(ctx, l, key)
		}
		return box.Redrive(ctx, l, to)
	})
}

func newDLQDrop(std streams) *cobra.Command {
	var f dlqFlags
	cmd := &cobra.Command{Use: "drop {NUMBER... | --all}", Short: "Delete dead letters for good"}
	return newDLQChange(std, cmd, &f, "dropped", func(ctx context.Context, box *letterbox, l *deadletter.Letter) error {
		return box.Drop(ctx, l.Number)
	})
}
