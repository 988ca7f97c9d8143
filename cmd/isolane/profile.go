package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/jsruntime/function"
)

// profilePatience is how much longer than it was to be a profile is waited for.
const profilePatience = 15 * time.Second

func newProfile(std streams) *cobra.Command {
	var f askFlags
	var node, out string
	var seconds float64
	cmd := &cobra.Command{
		Use:   "profile FUNCTION",
		Short: "See where a function spends its CPU time",
		Long: `Sample the function for some seconds on the nodes that serve it, and write a
.cpuprofile of the runtime that spent most time in it, with the positions of its
sources: Chrome's DevTools (Performance, Load profile), VS Code and speedscope show
it. Send it messages meanwhile. What other functions did is summed up, without their
names. Functions with engine: quickjs or isolation: isolate cannot be profiled.`,
		Args: cobra.ExactArgs(1),
	}
	f.add(cmd)
	cmd.Flags().StringVar(&node, "node", "", "profile on the `NODE` of this name only")
	cmd.Flags().Float64Var(&seconds, "seconds", 10, fmt.Sprintf("for how long, up to %d", admin.MaxProfileSeconds))
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this `FILE`; - is standard output (default FUNCTION.cpuprofile)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case f.timeout <= 0:
			return &usageError{err: errors.New("--timeout must be over 0")}
		case !(seconds > 0 && seconds <= admin.MaxProfileSeconds):
			return &usageError{err: fmt.Errorf("--seconds must be over 0, and %d at most", admin.MaxProfileSeconds)}
		}
		if err := function.ValidateName(args[0]); err != nil {
			return &usageError{err: err}
		}
		conn, _, err := connect(cmd, std)
		if err != nil {
			return err
		}
		defer conn.Close()
		return profileFunction(cmd.Context(), std, conn, f, node, cmp.Or(out, args[0]+".cpuprofile"),
			admin.ProfileWanted{Function: args[0], Seconds: seconds})
	}
	return cmd
}

func profileFunction(ctx context.Context, std streams, conn *nats.Conn, f askFlags, node, out string, wanted admin.ProfileWanted) error {
	nodes, err := serving(ctx, std, conn, f.timeout, node, wanted.Function)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(std.err, "%s is profiled for %g s on %s\n", wanted.Function, wanted.Seconds, strings.Join(nodes, ", "))
	best, err := bestProfile(ctx, std, conn, nodes, wanted)
	if err != nil {
		return err
	}
	if best.Hits == 0 {
		warn(std, []string{"it was not seen running: send it messages while it is profiled"})
	}
	if out == "-" {
		_, err = fmt.Fprintln(std.out, string(best.Profile))
		return err
	}
	if err := os.WriteFile(out, best.Profile, 0o600); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	if f.json {
		best.Profile = nil
		text, err := json.Marshal(struct {
			admin.Profiled
			File string `json:"file"`
		}{best, out})
		if err != nil {
			return fmt.Errorf("encode the answer: %w", err)
		}
		_, err = fmt.Fprintln(std.out, string(text))
		return err
	}
	_, err = fmt.Fprintf(std.out, "%s: %d samples in %s, of runtime %d of %s, the busiest of %d there\n",
		out, best.Hits, wanted.Function, best.Runtime, best.Node, best.Runtimes)
	return err
}

// serving are the nodes that serve a function.
func serving(ctx context.Context, std streams, conn *nats.Conn, timeout time.Duration, node, name string) ([]string, error) {
	reports, err := askOn[admin.Report](ctx, std, conn, timeout, admin.Functions, node, nil)
	if err != nil {
		return nil, err
	}
	var nodes []string
	for _, r := range reports {
		if slices.ContainsFunc(r.Functions, func(fn admin.Function) bool { return fn.Name == name }) {
			nodes = append(nodes, r.Node)
		}
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("no node on %s serves %s: see isolane functions ls", bridge.ShownURL(conn.ConnectedUrl()), name)
	}
	return nodes, nil
}

// bestProfile has all nodes profile at the same time, and returns the one with most samples.
func bestProfile(ctx context.Context, std streams, conn *nats.Conn, nodes []string, wanted admin.ProfileWanted) (best admin.Profiled, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(wanted.Seconds*float64(time.Second))+profilePatience)
	defer cancel()
	answers, errs := make([][]admin.Profiled, len(nodes)), make([]error, len(nodes))
	var wg sync.WaitGroup
	for i, node := range nodes {
		wg.Go(func() { answers[i], errs[i] = admin.Ask[admin.Profiled](ctx, conn, admin.ProfileOf, node, wanted) })
	}
	wg.Wait()
	best.Hits = -1
	for i, node := range nodes {
		switch {
		case len(answers[i]) == 0:
			err = fmt.Errorf("%s: %w", node, cmp.Or(errs[i], admin.ErrNoNode))
		case answers[i][0].Error != "":
			err = fmt.Errorf("%s: %s", node, answers[i][0].Error)
		case answers[i][0].Hits > best.Hits:
			best = answers[i][0]
			continue
		default:
			continue
		}
		if len(nodes) > 1 {
			warn(std, []string{err.Error()})
		}
	}
	if best.Hits < 0 {
		return best, err
	}
	return best, nil
}
