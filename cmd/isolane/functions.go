package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

func newFunctions(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "functions",
		Short: "What is deployed and served, and by which nodes",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newFunctionsLs(std), newFunctionsShow(std), newFunctionsVersions(std), newFunctionsRollback(std),
		newFunctionsSplit(std), newFunctionsPromote(std), newFunctionsAbort(std), newFunctionsRm(std), newFunctionsLogs(std))
	return cmd
}

// lsFlags are those of functions ls.
type lsFlags struct {
	node    string
	local   bool
	json    bool
	timeout time.Duration
}

func newFunctionsLs(std streams) *cobra.Command {
	var f lsFlags
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the functions that nodes serve, and those that are broken",
		Long: `Ask the nodes which functions they serve. With --json the nodes' answers are
printed as an array. The exit status is 0 where a node answered, 20 where none
did, 21 where NATS cannot be reached.`,
		Args: cobra.NoArgs,
	}
	addConnection(cmd)
	cmd.Flags().StringVar(&f.node, "node", "", "ask the `NODE` of this name only")
	cmd.Flags().BoolVar(&f.local, "local", false, "ask the node that has this host's default name; for health checks")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 2*time.Second, "how long to wait for the first answer")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return functionsLs(cmd, std, f) }
	return cmd
}

func functionsLs(cmd *cobra.Command, std streams, f lsFlags) error {
	if f.timeout <= 0 {
		return &usageError{err: errors.New("--timeout must be over 0")}
	}
	if f.local && f.node != "" {
		return &usageError{err: errors.New("--local and --node exclude one another")}
	}
	if f.local {
		hostname, err := os.Hostname()
		if err != nil {
			return fmt.Errorf("this host's name: %w", err)
		}
		f.node = config.NodeName(hostname)
	}
	conn, _, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	reports, err := admin.Ask[admin.Report](ctx, conn, admin.Functions, f.node, nil)
	if errors.Is(err, admin.ErrNoNode) {
		return fmt.Errorf("%w on %s: start one with \"isolane run\", or name its server with --nats", err, bridge.ShownURL(conn.ConnectedUrl()))
	}
	if len(reports) == 0 && err != nil {
		return err
	}
	if err != nil { // some answers were not understood: show the others
		warn(std, []string{err.Error()})
	}
	if f.json {
		text, err := json.MarshalIndent(reports, "", "  ")
		if err != nil {
			return fmt.Errorf("encode the answers: %w", err)
		}
		_, err = fmt.Fprintln(std.out, string(text))
		return err
	}
	return printFunctions(std, reports)
}

// row is one function in one version, on the nodes that serve that.
type row struct {
	name, version, isolation, source string
	nodes                            []string
	calls, failed                    uint64
}

// rows merges the nodes' answers, sorted by name and version.
func rows(reports []admin.Report) []*row {
	byKey := map[string]*row{}
	for _, report := range reports {
		for _, fn := range report.Functions {
			key := fn.Name + " " + fn.Version + " " + fn.Source
			r, ok := byKey[key]
			if !ok {
				r = &row{name: fn.Name, version: fn.Version, isolation: fn.Isolation, source: fn.Source}
				byKey[key] = r
			}
			r.nodes = append(r.nodes, report.Node)
			for outcome, n := range fn.Outcomes {
				r.calls += n
				if outcome != "ok" {
					r.failed += n
				}
			}
		}
	}
	return slices.SortedFunc(maps.Values(byKey), func(a, b *row) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.version, b.version))
	})
}

func printFunctions(std streams, reports []admin.Report) error {
	paint := painter(std, std.out)
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "FUNCTION\tVERSION\tISOLATION\tSOURCE\tCALLS\tFAILED\tNODES")
	for _, r := range rows(reports) {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\t%s\n", r.name, r.version, r.isolation, cmp.Or(r.source, "-"), r.calls, r.failed, strings.Join(r.nodes, ","))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	for _, report := range reports {
		for _, broken := range report.Broken {
			_, _ = fmt.Fprintf(std.out, "\n%s %s on %s:\n  %s\n", paint(red, "broken:"), broken.Name, report.Node,
				strings.ReplaceAll(broken.Error, "\n", "\n  "))
		}
	}
	return nil
}
