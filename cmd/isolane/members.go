package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// watchEvery is how often --watch asks.
const watchEvery = time.Second

// askFlags are those of commands that ask nodes.
type askFlags struct {
	json    bool
	timeout time.Duration
}

func (f *askFlags) add(cmd *cobra.Command) {
	addConnection(cmd)
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 2*time.Second, "how long to wait for the first answer")
}

// askNodes connects, and asks a topic of node, or of all where it is "".
func askNodes[T admin.Answers](cmd *cobra.Command, std streams, f askFlags, topic admin.Topic, node string, request any) ([]T, error) {
	if f.timeout <= 0 {
		return nil, &usageError{err: errors.New("--timeout must be over 0")}
	}
	conn, _, err := connect(cmd, std)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return askOn[T](cmd.Context(), std, conn, f.timeout, topic, node, request)
}

// askOn is askNodes on a connection that is there. Answers that are not understood are warned
// of, as long as there is another.
func askOn[T admin.Answers](ctx context.Context, std streams, conn *nats.Conn, timeout time.Duration, topic admin.Topic, node string, request any) ([]T, error) {
	asking, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	answers, err := admin.Ask[T](asking, conn, topic, node, request)
	switch {
	case errors.Is(err, admin.ErrNoNode):
		who := "start one with \"isolane run\", or name its server with --nats"
		if node != "" {
			who = "no node is named " + node + " there; see isolane members"
		}
		return nil, fmt.Errorf("%w on %s: %s", err, bridge.ShownURL(conn.ConnectedUrl()), who)
	case len(answers) == 0 && err != nil:
		return nil, err
	case err != nil:
		warn(std, []string{err.Error()})
	}
	return answers, nil
}

func newMembers(std streams) *cobra.Command {
	var f askFlags
	var from string
	var watch bool
	cmd := &cobra.Command{
		Use:   "members",
		Short: "Who is in the cluster, and how busy",
		Long: `Ask a node for the members of its cluster as it sees them; those that left or
died not long ago are shown too. Without --from every node is asked, the first
by name is shown, and a note says where others see something else. STATE is alive,
suspect, left or dead; "draining" stands behind it for one that takes no new work.`,
		Args: cobra.NoArgs,
	}
	f.add(cmd)
	cmd.Flags().StringVar(&from, "from", "", "show the membership as the `NODE` of this name sees it")
	cmd.Flags().BoolVar(&watch, "watch", false, "ask again every second, until interrupted")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if !watch {
			views, err := askNodes[admin.View](cmd, std, f, admin.Members, from, nil)
			if err != nil {
				return err
			}
			return showMembers(std, f.json, views)
		}
		return watchNodes(cmd, std, f, admin.Members, from, func(views []admin.View) error { return showMembers(std, f.json, views) })
	}
	return cmd
}

// watchNodes asks again every second, and shows the answers, until the command is
// interrupted.
func watchNodes[T admin.Answers](cmd *cobra.Command, std streams, f askFlags, topic admin.Topic, node string, show func([]T) error) error {
	conn, _, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		answers, err := askOn[T](cmd.Context(), std, conn, f.timeout, topic, node, nil)
		if cmd.Context().Err() != nil {
			return nil // interrupted, which is how it ends
		}
		if isTerminal(std.out) {
			_, _ = fmt.Fprint(std.out, "\033[H\033[2J")
		}
		if err != nil {
			_, _ = fmt.Fprintln(std.err, err)
		} else if err := show(answers); err != nil {
			return err
		}
		select {
		case <-cmd.Context().Done():
			return nil
		case <-ticker.C:
		}
	}
}

// showMembers prints the first view, and where the others differ.
func showMembers(std streams, asJSON bool, views []admin.View) error {
	if note := disagreement(views); note != "" {
		warn(std, []string{note})
	}
	members := views[0].Members
	if asJSON {
		text, err := json.Marshal(members)
		if err != nil {
			return fmt.Errorf("encode the members: %w", err)
		}
		_, err = fmt.Fprintln(std.out, string(text))
		return err
	}
	paint := painter(std, std.out)
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "NAME\tADDRESS\tVERSION\tSTATE\tRUNTIMES\tINFLIGHT\tQUEUE\tDELAY\tCPU\tMEMORY\tSINCE")
	for _, m := range members {
		state := m.State
		if m.Draining && state == "alive" {
			state += ", draining"
		}
		if m.Breaker != "" && m.Breaker != "closed" {
			state += ", unreachable"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%.1fms\t%.2f\t%s\t%s\n", m.Name, cmp.Or(m.Address, "-"), m.Version, state,
			m.Runtimes, m.Inflight, m.Queue, m.QueueDelayMS, m.CPU, humanize.IBytes(m.Memory), time.Since(m.Since).Round(time.Second))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	if i := slices.IndexFunc(members, func(m admin.Member) bool { return m.State == "dead" || m.State == "suspect" }); i >= 0 {
		_, _ = fmt.Fprintln(std.err, paint(dim, "as "+views[0].Node+" sees it"))
	}
	return nil
}

// disagreement says in a line who sees another membership than the first; "" where
// nobody does. Who is gone may be remembered by some alone, and is left out.
func disagreement(views []admin.View) string {
	seen := func(v admin.View) []string {
		var names []string
		for _, m := range v.Members {
			if m.State == "alive" || m.State == "suspect" {
				names = append(names, m.Name)
			}
		}
		return names
	}
	var others []string
	for _, v := range views[1:] {
		if !slices.Equal(seen(v), seen(views[0])) {
			others = append(others, fmt.Sprintf("%s sees %d", v.Node, len(seen(v))))
		}
	}
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("the nodes do not agree on the members: %s sees %d, %s; ask one of them with --from", views[0].Node, len(seen(views[0])), strings.Join(others, ", "))
}
