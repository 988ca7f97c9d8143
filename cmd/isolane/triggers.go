package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/delayed"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

func newTriggers(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "triggers",
		Short: "What nodes take from streams, and what they do at times",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	ls := &cobra.Command{
		Use:   "ls",
		Short: "List the triggers of each node",
		Long: `List what each node takes from streams: for the functions that have one, for those that
have schedules, and the messages that functions published for later, with a node's part
of what came of it since it began with the trigger. HAS is how many messages the node
has now, of how many it may have. Below the list stands why a trigger is not served,
where one is not, and for each node what became of the due times of schedules.`,
		Args: cobra.NoArgs,
	}
	listNodes(ls, std, admin.TriggersOf, printTriggers)
	cmd.AddCommand(ls)
	return cmd
}

func printTriggers(std streams, asJSON bool, answers []admin.Triggers) error {
	if asJSON {
		return printAnswers(std, answers)
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "NODE\tFUNCTION\tKIND\tSTREAM\tCONSUMER\tSTATE\tHAS\tDELIVERIES\tAGAIN\tBATCHES\tGIVEN BACK\tDEAD LETTERS")
	for _, a := range answers {
		for _, t := range a.Triggers {
			fn, state := t.Function, "served"
			if t.Kind == delayed.Kind {
				fn = "-"
			}
			if t.Fault != "" {
				state = "failing"
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%d of %d\t%d\t%d\t%d\t%d\t%d\n", a.Node, fn, t.Kind, t.Stream, t.Consumer,
				state, t.Held, t.Window, t.Deliveries, t.Redelivered, t.Batches, t.Naks, t.DeadLetters)
		}
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	for _, a := range answers {
		for _, t := range a.Triggers {
			if t.Fault != "" {
				_, _ = fmt.Fprintf(std.out, "%s: %s is not served: %s\n", a.Node, t.Consumer, t.Fault)
			}
		}
		if a.Schedules.Fault != "" {
			_, _ = fmt.Fprintf(std.out, "%s: schedules are not kept: %s\n", a.Node, a.Schedules.Fault)
		}
		if a.Schedules.Kept > 0 {
			_, _ = fmt.Fprintf(std.out, "%s: schedules: %d kept, %d due times published here, %d left out\n",
				a.Node, a.Schedules.Kept, a.Schedules.Published, a.Schedules.LeftOut)
		}
	}
	return nil
}
