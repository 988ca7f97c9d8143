package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// maxTotal bounds typing errors.
const maxTotal = 100_000

// scaleFlags say what is to be scaled.
type scaleFlags struct {
	askFlags
	// total of the cluster, or none; or n of one node, by itself where auto.
	total, n    int
	none, auto  bool
	node        string
	wait        time.Duration
	ofNode, all bool
}

func newRuntimesScale(std streams) *cobra.Command {
	var f scaleFlags
	cmd := &cobra.Command{
		Use:   "scale {N | --auto} [--node NODE] | --total N | --none",
		Short: "Say how many runtimes a node or the cluster should have",
		Long: `With N, have one node have N shared runtimes, until it restarts: what is missing is
started at once, what is too much finishes what it has in flight and stops; no message
is lost. --node names the node; where there is one only, it may be left out. With --auto
the node's load decides again, between runtimes.min and runtimes.max of its
configuration.

With --total, write the wished total of runtimes into the cluster's bucket. Every member
computes its share from it and from the membership, starts what is missing at once, and
drains what is too much when its smaller share has stood for a few seconds. A dead
member's share moves to the others. --none takes the wish back: every node then has the
number of its own. While a total is wished, it goes before what single nodes were told.`,
		Example: `  isolane runtimes scale 4 --node node-1
  isolane runtimes scale --total 12 --wait 10s`,
		Args: cobra.MaximumNArgs(1),
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.node, "node", "", "scale the `NODE` of this name")
	cmd.Flags().BoolVar(&f.auto, "auto", false, "let the node's load decide")
	cmd.Flags().IntVar(&f.total, "total", -1, "the number of runtimes in the whole cluster")
	cmd.Flags().BoolVar(&f.none, "none", false, "wish for no total")
	cmd.Flags().DurationVar(&f.wait, "wait", 0, "wait so long until the nodes have what they should")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f.all = cmd.Flags().Changed("total")
		f.ofNode = len(args) > 0
		if err := f.check(args); err != nil {
			return &usageError{err: err}
		}
		if f.all || f.none {
			return scaleAll(cmd, std, f)
		}
		return scaleNode(cmd, std, f)
	}
	return cmd
}

// check reads the arguments, and says what contradicts what.
func (f *scaleFlags) check(args []string) error {
	ways := 0
	for _, way := range []bool{f.ofNode, f.auto, f.all, f.none} {
		if way {
			ways++
		}
	}
	switch {
	case ways != 1:
		return errors.New("give one of N, --auto, --total N and --none")
	case f.all && (f.total < 0 || f.total > maxTotal):
		return fmt.Errorf("--total must be 0 to %d", maxTotal)
	case (f.all || f.none) && f.node != "":
		return errors.New("--node is for the runtimes of one node: leave it out, or give N in place of --total N")
	case f.ofNode:
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 1 {
			return fmt.Errorf("%q: N is a number of runtimes, 1 or more", args[0])
		}
		f.n = n
	}
	return nil
}

// scaleNode scales one node.
func scaleNode(cmd *cobra.Command, std streams, f scaleFlags) error {
	conn, _, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	if f.node == "" {
		if f.node, err = onlyNode(cmd.Context(), std, conn, f); err != nil {
			return err
		}
	}
	scaled, err := askOn[admin.Scaled](cmd.Context(), std, conn, f.timeout, admin.Scale, f.node, admin.ScaleTo{N: f.n, Auto: f.auto})
	if err != nil {
		return err
	}
	if scaled[0].Error != "" {
		return fmt.Errorf("%s does not scale: %s", f.node, scaled[0].Error)
	}
	return reportScaled(cmd.Context(), std, conn, f, func(answers []admin.Runtimes) bool {
		return shared(answers[0]) == answers[0].Wanted
	})
}

// onlyNode names the node where there is one.
func onlyNode(ctx context.Context, std streams, conn *nats.Conn, f scaleFlags) (string, error) {
	answers, err := askOn[admin.Runtimes](ctx, std, conn, f.timeout, admin.RuntimesOf, "", nil)
	if err != nil {
		return "", err
	}
	var names []string
	for _, a := range answers {
		names = append(names, a.Node)
	}
	if len(names) != 1 {
		return "", &usageError{err: fmt.Errorf("there are %d nodes, %s: name one with --node, or give the total of all with --total N", len(names), strings.Join(names, ", "))}
	}
	return names[0], nil
}

// scaleAll wishes for a total, or for none.
func scaleAll(cmd *cobra.Command, std streams, f scaleFlags) error {
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
		return errors.New("no node there follows a total: start nodes with --gossip, and NATS with JetStream; or scale one with isolane runtimes scale N --node NODE")
	}
	writing, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	if err := wish(writing, conn, f.total, f.none); err != nil {
		return err
	}
	return reportScaled(cmd.Context(), std, conn, f, func(answers []admin.Runtimes) bool {
		sum, there := 0, true
		for _, a := range answers {
			sum += a.Wanted
			there = there && shared(a) == a.Wanted && (f.none || a.Total == f.total)
		}
		return there && (f.none || sum == f.total)
	})
}

// reportScaled waits until it is done, as far as that was asked for, and says what there
// is then.
func reportScaled(ctx context.Context, std streams, conn *nats.Conn, f scaleFlags, done func([]admin.Runtimes) bool) error {
	after, err := settled(ctx, std, conn, f, done)
	if f.json {
		return errors.Join(printRuntimes(std, true, after), err)
	}
	for _, a := range after {
		what := fmt.Sprintf("wanted %d", a.Wanted)
		if a.Total >= 0 {
			what = fmt.Sprintf("share %d", a.Wanted)
		}
		_, _ = fmt.Fprintf(std.out, "%s: %s, runtimes %d\n", a.Node, what, shared(a))
	}
	if f.wait > 0 || !errors.Is(err, errNotSettled) {
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
		if r.Function == "" && r.State != "draining" && r.State != "starting" {
			n++
		}
	}
	return n
}

// errNotSettled says that the nodes have not got what they should in time.
var errNotSettled = errors.New("the nodes do not have what they should yet; they go on")

// settled waits until it is done, or the time for that is over.
func settled(ctx context.Context, std streams, conn *nats.Conn, f scaleFlags, done func([]admin.Runtimes) bool) ([]admin.Runtimes, error) {
	deadline := time.NewTimer(max(f.wait, time.Second))
	defer deadline.Stop()
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		answers, err := askOn[admin.Runtimes](ctx, std, conn, f.timeout, admin.RuntimesOf, f.node, nil)
		if err != nil {
			return nil, err
		}
		if f.node == "" {
			answers = followers(answers)
		}
		if done(answers) {
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
