package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// shownFunction is what functions show prints.
type shownFunction struct {
	Record   funcstore.Record `json:"record"`
	Revision uint64           `json:"revision"`
	// Versions are those that are called, with what came of it on all nodes.
	Versions []shownVersion `json:"versions"`
	Nodes    []nodeState    `json:"nodes"`
}

// shownVersion is one version that is called.
type shownVersion struct {
	Version  string            `json:"version"`
	Percent  float64           `json:"percent"`
	Outcomes map[string]uint64 `json:"outcomes"`
	Nodes    []string          `json:"nodes"`
}

func newFunctionsShow(std streams) *cobra.Command {
	var f storeFlags
	var node time.Duration
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "What is deployed of a function, what came of its calls, and who serves it",
		Args:  cobra.ExactArgs(1),
	}
	f.add(cmd, std)
	cmd.Flags().DurationVar(&node, "node-timeout", 2*time.Second, "how long to wait for the first node's answer")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, ctx, end, err := openStore(cmd, std, f)
		if err != nil {
			return err
		}
		defer end()
		r, err := s.known(ctx, args[0])
		if err != nil {
			return err
		}
		shown := shownFunction{Record: r, Revision: r.Revision, Versions: []shownVersion{}, Nodes: []nodeState{}}
		shown.ask(ctx, std, s.conn, node)
		if f.json {
			return printJSON(std, shown)
		}
		return shown.print(std)
	}
	return cmd
}

// ask adds what the nodes say; where none does, that is a warning.
func (s *shownFunction) ask(ctx context.Context, std streams, conn *nats.Conn, patience time.Duration) {
	asking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reports, err := admin.Ask[admin.Report](asking, conn, admin.Functions, "", nil)
	if err != nil {
		warn(std, []string{err.Error()})
	}
	for _, report := range reports {
		s.Nodes = append(s.Nodes, stateOf(report, s.Record.Name, s.Revision))
		for _, fn := range report.Functions {
			if fn.Name == s.Record.Name && fn.Revision > 0 { // else it is the folder's
				s.count(report.Node, fn.Versions)
			}
		}
	}
}

// count adds one node's outcomes.
func (s *shownFunction) count(node string, versions []admin.Version) {
	for _, v := range versions {
		i := slices.IndexFunc(s.Versions, func(known shownVersion) bool { return known.Version == v.Version })
		if i < 0 {
			s.Versions = append(s.Versions, shownVersion{Version: v.Version, Percent: v.Percent, Outcomes: map[string]uint64{}})
			i = len(s.Versions) - 1
		}
		s.Versions[i].Nodes = append(s.Versions[i].Nodes, node)
		for outcome, n := range v.Outcomes {
			s.Versions[i].Outcomes[outcome] += n
		}
	}
}

func (s *shownFunction) print(std streams) error {
	r := s.Record
	_, _ = fmt.Fprintf(std.out, "%s: %s\nrevision %d: %s by %s at %s\n\n", r.Name, parts(r), s.Revision, r.Changed.Action, r.Changed.By, r.Changed.At.Format(time.RFC3339))
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "VERSION\tCALLS\tOK\tFAILED\tNODES")
	for _, v := range s.Versions {
		calls := uint64(0)
		for _, n := range v.Outcomes {
			calls += n
		}
		_, _ = fmt.Fprintf(table, "%s\t%g%%\t%d\t%d\t%s\n", v.Version, v.Percent, v.Outcomes["ok"], calls-v.Outcomes["ok"], strings.Join(v.Nodes, ","))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	for _, n := range s.Nodes {
		if !n.good() {
			_, _ = fmt.Fprintf(std.out, "\n%s: %s %s\n", n.Node, n.State, n.Error)
		}
	}
	for _, v := range r.Live() {
		if text := configured(v); text != "" {
			_, _ = fmt.Fprintf(std.out, "\nmanifest of %s:\n  %s\n", v.Version, strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  "))
		}
	}
	return nil
}

func newFunctionsVersions(std streams) *cobra.Command {
	var f storeFlags
	cmd := &cobra.Command{
		Use:   "versions NAME",
		Short: "List the versions of a function that are kept",
		Args:  cobra.ExactArgs(1),
	}
	f.add(cmd, std)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, ctx, end, err := openStore(cmd, std, f)
		if err != nil {
			return err
		}
		defer end()
		r, err := s.known(ctx, args[0])
		if err != nil {
			return err
		}
		if f.json {
			return printJSON(std, r)
		}
		table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "VERSION\tSTATE\tSIZE\tDEPLOYED\tBY\tNOTE")
		for _, v := range r.Versions {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Version, stateIn(r, v), humanize.IBytes(uint64(max(v.Size, 0))), v.At.Format(time.RFC3339), v.By, cmp.Or(v.Note, "-")) //nolint:gosec // not negative
		}
		return table.Flush()
	}
	return cmd
}

// stateIn says what a version is in its record.
func stateIn(r funcstore.Record, v funcstore.Version) string {
	switch {
	case v.Version == r.Current && r.Split != nil:
		return fmt.Sprintf("current, %g%%", 100-r.Split.Percent)
	case v.Version == r.Current:
		return "current"
	case r.Split != nil && v.Version == r.Split.Version:
		return fmt.Sprintf("split, %g%%", r.Split.Percent)
	case v.Withdrawn != nil:
		return "withdrawn"
	}
	return "kept"
}
