package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// reached is a server that a command works on, and not the nodes.
type reached struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	settings config.NATS
}

// addWhole is add for a command whose timeout is for all that it does: a minute.
func (f *askFlags) addWhole(cmd *cobra.Command, usage string) {
	f.add(cmd)
	f.timeout = time.Minute
	flag := cmd.Flags().Lookup("timeout")
	flag.Usage, flag.DefValue = usage, f.timeout.String()
}

// reach connects, and has use work on the server within the timeout.
func (f askFlags) reach(cmd *cobra.Command, std streams, use func(ctx context.Context, at reached) error) error {
	if f.timeout <= 0 {
		return &usageError{err: errors.New("--timeout must be over 0")}
	}
	conn, settings, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return fmt.Errorf("use JetStream: %w", err)
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	return use(ctx, reached{conn: conn, js: js, settings: settings})
}
