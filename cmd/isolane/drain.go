package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

func newDrain(std streams) *cobra.Command {
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "drain NODE",
		Short: "Have a node finish what it has, leave the cluster and end",
		Long: `Have a node take no new work, finish what it has within its grace, hand over what
is dedicated, leave the cluster and end, as SIGTERM would. The command returns when
the node answers no more; what restarts its process may start it again.`,
		Args: cobra.ExactArgs(1),
	}
	addConnection(cmd)
	cmd.Flags().DurationVar(&timeout, "timeout", time.Minute, "how long to wait until the node has left")
	asJSON := cmd.Flags().Bool("json", false, "print JSON: {node, left}")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return drain(cmd, std, args[0], timeout, *asJSON) }
	return cmd
}

func drain(cmd *cobra.Command, std streams, node string, timeout time.Duration, asJSON bool) error {
	if timeout <= 0 {
		return &usageError{err: errors.New("--timeout must be over 0")}
	}
	conn, _, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	begun, err := askOn[admin.Begun](cmd.Context(), std, conn, 2*time.Second, admin.Drain, node, nil)
	if err != nil {
		return err
	}
	if begun[0].Error != "" {
		return fmt.Errorf("%s does not drain: %s", node, begun[0].Error)
	}
	_, _ = fmt.Fprintf(std.err, "%s drains: it finishes what it has\n", node)
	waiting, cancel := context.WithTimeout(cmd.Context(), timeout)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	var last admin.Health
	for {
		asking, done := context.WithTimeout(waiting, time.Second)
		answers, err := admin.Ask[admin.Health](asking, conn, admin.HealthOf, node, nil)
		done()
		switch {
		case waiting.Err() != nil:
			return fmt.Errorf("%s has not left after %s (%v): it goes on draining", node, timeout, last.NotReady)
		case errors.Is(err, admin.ErrNoNode) && asJSON:
			return printCompact(std, map[string]any{"node": node, "left": true})
		case errors.Is(err, admin.ErrNoNode):
			_, err := fmt.Fprintf(std.out, "%s has left\n", node)
			return err
		case err == nil:
			last = answers[0]
		}
		select {
		case <-ticker.C:
		case <-waiting.Done():
		}
	}
}
