package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/node"
)

func newRun(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run --functions DIR",
		Short: "Run a node: serve a folder of functions",
		Long: `Run a node that serves the functions of a folder on the NATS subjects
fn.NAME and fn.NAME.>, until SIGTERM or SIGINT; a second signal ends it at once.

When every subscription is known to the server, one line goes to standard
output: ready node=NAME nats=URL http=URL functions=N runtimes=N. Logs go
to standard error. "isolane config" with the same flags shows what they amount to.`,
		Example: `  isolane run --functions functions
  isolane run --functions functions --nats nats://nats.example.com:4222 --nats-creds node.creds`,
		Args: cobra.NoArgs,
	}
	addSettings(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		loaded, err := loadSettings(cmd, std)
		if err != nil {
			if !errors.Is(err, config.ErrInvalid) {
				err = fmt.Errorf("configuration: %w", err)
			}
			return err
		}
		log := newLogger(std, loaded.Config)
		for _, w := range loaded.Warnings {
			log.Warn("configuration", slog.String("warning", w))
		}
		return runNode(cmd.Context(), loaded.Config, log, func(ready node.Ready) error { return printReady(std, ready) })
	}
	return cmd
}

// printReady prints the line that tells other programs that the node takes messages.
func printReady(std streams, ready node.Ready) error {
	_, err := fmt.Fprintf(std.out, "ready node=%s nats=%s http=%s functions=%d runtimes=%d\n",
		ready.Name, ready.NATS, cmp.Or(ready.HTTP, "-"), ready.Functions, ready.Runtimes)
	return err
}

// runNode runs a node until ctx is done, drains it, and returns nil when that is
// why it ended. ready is called when it takes messages.
func runNode(ctx context.Context, cfg config.Config, log *slog.Logger, ready func(node.Ready) error) error {
	n, err := node.Start(ctx, node.SpareProcessors(cfg, log), log)
	if err != nil {
		if ctx.Err() != nil {
			log.Info("ended while starting", slog.Any("cause", context.Cause(ctx)))
			return nil // asked to stop; nothing had been accepted
		}
		return err
	}
	if err = ready(n.Ready()); err != nil {
		err = fmt.Errorf("print the ready line: %w", err)
	} else {
		select {
		case <-ctx.Done():
			log.Info("draining; a second signal ends the node at once",
				slog.Any("cause", context.Cause(ctx)), slog.Duration("grace", cfg.Grace))
		case <-n.DrainAsked():
			log.Info("draining, as somebody asked", slog.Duration("grace", cfg.Grace))
		case <-n.Worn():
			err = fmt.Errorf("%d turns cannot be stopped, and each holds a thread and the memory of an isolate (runtimes.maxStuck): "+
				"the log names the functions to mend; start the node again", cfg.Runtimes.MaxStuck)
			log.Error("draining, since too many turns cannot be stopped", slog.Int("stuck", cfg.Runtimes.MaxStuck), slog.Duration("grace", cfg.Grace))
		case <-n.Failed():
			err = fmt.Errorf("the node can be no member of the cluster: %w", n.Err())
		case <-n.Done():
			err = errors.New("the node takes no more messages: see the log for why, and start it again")
		}
	}
	// Not ctx, which has ended: what is in flight has its grace.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.Grace)
	defer cancel()
	stopped := n.Stop(grace)
	if stopped != nil {
		log.Warn("stopped, not all in order", slog.Any("error", stopped))
	} else {
		log.Info("stopped")
	}
	return err
}
