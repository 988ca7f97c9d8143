package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

func newRuntimes(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "runtimes",
		Short: "The isolates of the cluster, and how many there should be",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRuntimesLs(std), newRuntimesScale(std))
	return cmd
}

func newRuntimesLs(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the runtimes of each node",
		Long: `List the runtimes of each node: which function they serve, what they do, how many
invocations are in flight, how many isolates there were, and why the last one was lost.
Below the list stands, for each node, how many runtimes it is to have and why, what is
queued, and how long that waits.`,
		Args: cobra.NoArgs,
	}
	listNodes(cmd, std, admin.RuntimesOf, printRuntimes)
	return cmd
}

// listNodes makes cmd ask a topic of nodes, of all or of one, once or every second, and show
// their answers.
func listNodes[T admin.Answers](cmd *cobra.Command, std streams, topic admin.Topic, show func(std streams, asJSON bool, answers []T) error) {
	var f askFlags
	var node string
	var watch bool
	f.add(cmd)
	cmd.Flags().StringVar(&node, "node", "", "ask the `NODE` of this name only")
	cmd.Flags().BoolVar(&watch, "watch", false, "ask again every second, until interrupted")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if watch {
			return watchNodes(cmd, std, f, topic, node, func(answers []T) error { return show(std, f.json, answers) })
		}
		answers, err := askNodes[T](cmd, std, f, topic, node, nil)
		if err != nil {
			return err
		}
		return show(std, f.json, answers)
	}
}

// printAnswers prints what nodes answered as a line of JSON.
func printAnswers(std streams, answers any) error {
	text, err := json.Marshal(answers)
	if err != nil {
		return fmt.Errorf("encode the answers: %w", err)
	}
	_, err = fmt.Fprintln(std.out, string(text))
	return err
}

func printRuntimes(std streams, asJSON bool, answers []admin.Runtimes) error {
	if asJSON {
		return printAnswers(std, answers)
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "NODE\tRUNTIME\tFUNCTION\tSTATE\tINFLIGHT\tGENERATION\tRESTARTS\tLAST LOSS")
	for _, a := range answers {
		for _, r := range a.Runtimes {
			fn := r.Function
			if fn == "" {
				fn = "(any)"
			}
			_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%d\t%d\t%d\t%s\n", a.Node, r.ID, fn, r.State, r.Inflight, r.Generation, r.Restarts, lossOf(r, time.Now()))
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, a := range answers {
		_, _ = fmt.Fprintf(std.out, "%s: %d of %d wanted, %s; %d queued, waiting %s\n",
			a.Node, shared(a), a.Wanted, why(a), a.Queue, milliseconds(a.QueueDelayMS))
	}
	return nil
}

// lossOf says why and when a runtime lost its last isolate.
func lossOf(r admin.Runtime, now time.Time) string {
	switch {
	case r.LastLoss == "":
		return "-"
	case r.LostAt.IsZero():
		return r.LastLoss
	default:
		return fmt.Sprintf("%s ago: %s", now.Sub(r.LostAt).Round(time.Second), r.LastLoss)
	}
}

// why says who decided how many runtimes a node is to have.
func why(a admin.Runtimes) string {
	switch {
	case a.Total >= 0:
		return fmt.Sprintf("its share of %d in the cluster", a.Total)
	case a.Auto:
		return "by its load"
	default:
		return "as it was told"
	}
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond)).Round(10 * time.Microsecond)
}
