package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/funcstore"
)

// changeCommand is a command that changes what is deployed of one function. change
// returns the record that follows.
func changeCommand(std streams, cmd *cobra.Command, args cobra.PositionalArgs, change func(r funcstore.Record, args []string, by funcstore.Stamp) (funcstore.Record, error)) *cobra.Command {
	var f deployFlags
	f.add(cmd, std)
	cmd.Args = args
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait until every node serves it")
	cmd.Flags().DurationVar(&f.waitTime, "wait-time", defaultWait, "how long --wait waits")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, ctx, end, err := openStore(cmd, std, f.storeFlags)
		if err != nil {
			return err
		}
		defer end()
		old, err := s.known(ctx, args[0])
		if err != nil {
			return err
		}
		next, err := change(old, args, newStamp(std))
		if err != nil {
			return err
		}
		done, err := s.Commit(ctx, old, next)
		if err != nil {
			return err
		}
		results := []deployed{{Name: done.Name, Action: done.Changed.Action, Version: done.Current, Previous: old.Current, Revision: done.Revision}}
		if done.Split != nil {
			results[0].Percent = done.Split.Percent
		}
		if !f.json {
			_, _ = fmt.Fprintf(std.out, "%s: %s, %s, revision %d\n", done.Name, done.Changed.Action, parts(done), done.Revision)
		}
		if f.wait {
			err = awaitNodes(cmd.Context(), std, s.conn, f, results)
		}
		if f.json {
			err = errors.Join(err, printJSON(std, results[0]))
		}
		return err
	}
	return cmd
}

// parts says which version gets which part of the calls.
func parts(r funcstore.Record) string {
	switch {
	case r.Current == "":
		return "nothing is served"
	case r.Split == nil:
		return r.Current + " for all calls"
	}
	return fmt.Sprintf("%s for %g%% of the calls, %s for %g%%", r.Current, 100-r.Split.Percent, r.Split.Version, r.Split.Percent)
}

func newFunctionsRollback(std streams) *cobra.Command {
	return changeCommand(std, &cobra.Command{
		Use:   "rollback NAME [VERSION]",
		Short: "Go back to the version before, or to VERSION",
		Long: `Serve the version that was current before, or VERSION, a beginning of six characters
being enough. A version that somebody went back from is skipped the next time, until it is
deployed or named again. While the calls are split it is the split that is taken back.`,
		Example: "  isolane functions rollback hello --wait",
	}, cobra.RangeArgs(1, 2), func(r funcstore.Record, args []string, by funcstore.Stamp) (funcstore.Record, error) {
		return r.Rollback(strings.Join(args[1:], ""), by)
	})
}

func newFunctionsSplit(std streams) *cobra.Command {
	return changeCommand(std, &cobra.Command{
		Use:   "split NAME VERSION=PERCENT",
		Short: "Send a part of the calls to another version",
		Long: `Send PERCENT of the calls to VERSION, which is one that is kept (isolane functions
versions), and the others to the current one. The id of a call decides, so that one that is
sent again with its id stays with its version. "functions show" counts the outcomes of
both; promote and abort settle it.`,
		Example: "  isolane functions split hello 1f3a9c=10",
	}, cobra.ExactArgs(2), func(r funcstore.Record, args []string, by funcstore.Stamp) (funcstore.Record, error) {
		version, text, ok := strings.Cut(args[1], "=")
		percent, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
		if !ok || err != nil {
			return funcstore.Record{}, &usageError{err: fmt.Errorf("%q: write VERSION=PERCENT, for instance 1f3a9c=10", args[1])}
		}
		return r.SplitTo(version, percent, by)
	})
}

func newFunctionsPromote(std streams) *cobra.Command {
	return changeCommand(std, &cobra.Command{
		Use: "promote NAME", Short: "Send all calls to the version that gets a part of them",
	}, cobra.ExactArgs(1), func(r funcstore.Record, _ []string, by funcstore.Stamp) (funcstore.Record, error) {
		return r.Promote(by)
	})
}

func newFunctionsAbort(std streams) *cobra.Command {
	return changeCommand(std, &cobra.Command{
		Use: "abort NAME", Short: "Send all calls to the current version again",
	}, cobra.ExactArgs(1), func(r funcstore.Record, _ []string, by funcstore.Stamp) (funcstore.Record, error) {
		return r.Abort(by)
	})
}

func newFunctionsRm(std streams) *cobra.Command {
	var f storeFlags
	var keep bool
	cmd := &cobra.Command{
		Use:   "rm NAME",
		Short: "Take a deployed function away from every node",
		Long: `Take a function away, with all its versions; with --keep they stay, and "isolane
functions rollback NAME" brings the last one back. Calls in flight end on the version they
began with, and later ones are answered not-found. A node that has a function of this name
in its folder serves that one again.`,
		Args: cobra.ExactArgs(1),
	}
	f.add(cmd, std)
	cmd.Flags().BoolVar(&keep, "keep", false, "keep the versions, to go back to")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		s, ctx, end, err := openStore(cmd, std, f)
		if err != nil {
			return err
		}
		defer end()
		if err := remove(ctx, std, s, args[0], keep); err != nil {
			return err
		}
		if f.json {
			return printJSON(std, deployed{Name: args[0], Action: "removed"})
		}
		_, err = fmt.Fprintf(std.out, "%s: removed\n", args[0])
		return err
	}
	return cmd
}

func remove(ctx context.Context, std streams, s *storeSession, name string, keep bool) error {
	old, err := s.known(ctx, name)
	if err != nil {
		return err
	}
	if !keep {
		return s.Delete(ctx, old)
	}
	next, err := old.Remove(newStamp(std))
	if err != nil {
		return err
	}
	_, err = s.Commit(ctx, old, next)
	return err
}
