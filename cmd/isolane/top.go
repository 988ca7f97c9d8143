package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
	"github.com/isolane/isolane/cmd/isolane/internal/monitor"
)

// leastEvery bounds how often the nodes are asked.
const leastEvery = 100 * time.Millisecond

func newTop(std streams) *cobra.Command {
	var f askFlags
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "top",
		Short: "Watch members, runtimes and functions on the terminal",
		Long: `Show the members, the runtimes and the functions of the cluster, live: one table at
a time, ordered by the column that you choose. CALLS, ERRORS and the durations are of
all nodes together, each since it began. Press ? for the keys, q to end.

With --json the nodes are asked once, and what they say is printed.`,
		Args: cobra.NoArgs,
	}
	f.add(cmd)
	cmd.Flags().DurationVar(&every, "every", time.Second, "how long to wait between two questions, 100ms at least")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return top(cmd, std, f, every) }
	return cmd
}

func top(cmd *cobra.Command, std streams, f askFlags, every time.Duration) error {
	switch {
	case f.timeout <= 0:
		return &usageError{err: errors.New("--timeout must be over 0")}
	case every < leastEvery:
		return &usageError{err: fmt.Errorf("--every must be %s or more", leastEvery)}
	case !f.json && (!isTerminal(std.out) || std.getenv("TERM") == "dumb"):
		return &usageError{err: errors.New("top needs a terminal that can move its cursor: use top --json, or members --watch")}
	}
	conn, _, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	where := bridge.ShownURL(conn.ConnectedUrl())
	ask := func(ctx context.Context) (*monitor.Snapshot, error) { return snapshot(ctx, conn, where, f.timeout) }
	if f.json {
		s, err := ask(cmd.Context())
		if err != nil {
			return err
		}
		text, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("encode the answers: %w", err)
		}
		_, err = fmt.Fprintln(std.out, string(text))
		return err
	}
	return monitor.Run(cmd.Context(), monitor.Config{
		Where: where, Every: every, Ask: ask, In: std.in, Out: std.out, Environ: std.environ,
	})
}

// snapshot asks all nodes for all that top shows, at the same time. Where one of the three is
// not answered, none is taken: a table that is half of now and half of before would mislead.
func snapshot(ctx context.Context, conn *nats.Conn, where string, timeout time.Duration) (*monitor.Snapshot, error) {
	if !conn.IsConnected() {
		return nil, fmt.Errorf("%w: the connection to %s is down and is made again by itself", bridge.ErrConnect, where)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var wg sync.WaitGroup
	var views []admin.View
	var runtimes []admin.Runtimes
	var reports []admin.Report
	var failed [3]error
	wg.Go(func() { views, failed[0] = admin.Ask[admin.View](ctx, conn, admin.Members, "", nil) })
	wg.Go(func() { runtimes, failed[1] = admin.Ask[admin.Runtimes](ctx, conn, admin.RuntimesOf, "", nil) })
	wg.Go(func() { reports, failed[2] = admin.Ask[admin.Report](ctx, conn, admin.Functions, "", nil) })
	wg.Wait()
	note := ""
	for i, had := range []int{len(views), len(runtimes), len(reports)} {
		switch err := failed[i]; {
		case had > 0 && err != nil:
			note = err.Error()
		case errors.Is(err, admin.ErrNoNode):
			return nil, fmt.Errorf("%w on %s: start one with \"isolane run\"", admin.ErrNoNode, where)
		case had == 0:
			return nil, cmp.Or(err, admin.ErrNoNode)
		}
	}
	return &monitor.Snapshot{
		At: time.Now(), From: views[0].Node, Members: views[0].Members, Nodes: runtimes,
		Functions: fleet.Functions(reports), Broken: fleet.NotServed(reports), Note: cmp.Or(note, disagreement(views)),
	}, nil
}
