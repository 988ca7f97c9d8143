package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// maxTotal bounds typing errors.
const maxTotal = 100_000

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
	var f askFlags
	var node string
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the runtimes of each node",
		Args:  cobra.NoArgs,
	}
	f.add(cmd)
	cmd.Flags().StringVar(&node, "node", "", "ask the `NODE` of this name only")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		answers, err := askNodes[admin.Runtimes](cmd, std, f, admin.RuntimesOf, node, nil)
		if err != nil {
			return err
		}
		return printRuntimes(std, f.json, answers)
	}
	return cmd
}

func printRuntimes(std streams, asJSON bool, answers []admin.Runtimes) error {
	if asJSON {
		text, err := json.Marshal(answers)
		if err != nil {
			return fmt.Errorf("encode the answers: %w", err)
		}
		_, err = fmt.Fprintln(std.out, string(text))
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "NODE\tRUNTIME\tFUNCTION\tSTATE\tINFLIGHT\tGENERATION\tRESTARTS\tLAST LOSS")
	for _, a := range answers {
		for _, r := range a.Runtimes {
			fn, loss := r.Function, r.LastLoss
			if fn == "" {
				fn = "(any)"
			}
			if loss == "" {
				loss = "-"
			}
			_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%d\t%d\t%d\t%s\n", a.Node, r.ID, fn, r.State, r.Inflight, r.Generation, r.Restarts, loss)
		}
	}
	return table.Flush()
}

func newRuntimesScale(std streams) *cobra.Command {
	var f askFlags
	var total int
	var unset bool
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "scale --total N",
		Short: "Say how many runtimes the cluster should have",
		Long: `Write the wished total of runtimes into the cluster's bucket. Every member computes
its share from it and from the membership, starts what is missing at once, and drains
what is too much when its smaller share has stood for a few seconds. A dead member's
share moves to the others. --none takes the wish back: every node then has the number of
its own configuration.`,
		Example: `  isolane runtimes scale --total 12 --wait 10s`,
		Args:    cobra.NoArgs,
	}
	f.add(cmd)
	cmd.Flags().IntVar(&total, "total", -1, "the number of runtimes in the whole cluster")
	cmd.Flags().BoolVar(&unset, "none", false, "wish for no total")
	cmd.Flags().DurationVar(&wait, "wait", 0, "wait so long until the members have their shares")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		given := cmd.Flags().Changed("total")
		switch {
		case given == unset:
			return &usageError{err: errors.New("give either --total N or --none")}
		case given && (total < 0 || total > maxTotal):
			return &usageError{err: fmt.Errorf("--total must be 0 to %d", maxTotal)}
		}
		return scale(cmd, std, f, total, unset, wait)
	}
	return cmd
}

func scale(cmd *cobra.Command, std streams, f askFlags, total int, unset bool, wait time.Duration) error {
	conn, _, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	answers, err := askOn[admin.Runtimes](cmd.Context(), std, conn, f.timeout, admin.RuntimesOf, "", nil)
	if err != nil {
		return err
	}
	if len(followers(answers)) == 0 {
		return errors.New("no node there follows a total: start nodes with --gossip, and NATS with JetStream")
	}
	writing, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	if err := wish(writing, conn, total, unset); err != nil {
		return err
	}
	after, err := settled(cmd.Context(), std, conn, f, total, unset, max(wait, time.Second))
	if f.json {
		return errors.Join(printRuntimes(std, true, after), err)
	}
	for _, a := range after {
		_, _ = fmt.Fprintf(std.out, "%s: share %d, runtimes %d\n", a.Node, a.Wanted, shared(a))
	}
	if wait > 0 {
		return err
	}
	return nil
}

// wish writes the total.
func wish(ctx context.Context, conn *nats.Conn, total int, unset bool) error {
	bucket, err := kvstore.Open(ctx, conn, kvstore.DefaultConfig())
	if err != nil {
		return err
	}
	text := strconv.Itoa(total)
	if unset {
		text = ""
	}
	_, err = bucket.Put(ctx, kvstore.RuntimesTotal, []byte(text))
	return err
}

// followers are the nodes that follow the total.
func followers(answers []admin.Runtimes) []admin.Runtimes {
	return slices.DeleteFunc(answers, func(a admin.Runtimes) bool { return !a.Follows })
}

// shared counts the runtimes that are not dedicated and do not drain.
func shared(a admin.Runtimes) int {
	n := 0
	for _, r := range a.Runtimes {
		if r.Function == "" && r.State != "draining" {
			n++
		}
	}
	return n
}

// errNotSettled says that the members have not got their shares in time.
var errNotSettled = errors.New("the members do not have their shares yet; they go on")

// settled waits until the members have the total between them, or within is over.
func settled(ctx context.Context, std streams, conn *nats.Conn, f askFlags, total int, unset bool, within time.Duration) ([]admin.Runtimes, error) {
	deadline := time.NewTimer(within)
	defer deadline.Stop()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		answers, err := askOn[admin.Runtimes](ctx, std, conn, f.timeout, admin.RuntimesOf, "", nil)
		if err != nil {
			return nil, err
		}
		answers = followers(answers)
		sum, there := 0, true
		for _, a := range answers {
			sum += a.Wanted
			there = there && shared(a) == a.Wanted && (unset || a.Total == total)
		}
		if there && (unset || sum == total) {
			return answers, nil
		}
		select {
		case <-ticker.C:
		case <-deadline.C:
			return answers, errNotSettled
		case <-ctx.Done():
			return answers, ctx.Err()
		}
	}
}
