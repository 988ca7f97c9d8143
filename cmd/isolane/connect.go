package main

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// connectPatience is how long a client command tries to reach a server.
const connectPatience = 2 * time.Second

// connect opens a client command's connection, which the caller closes. The error
// wraps bridge.ErrConnect or config.ErrInvalid.
func connect(cmd *cobra.Command, std streams) (*nats.Conn, config.NATS, error) {
	settings, err := loadConnection(cmd, std)
	if err != nil {
		return nil, settings, err
	}
	cfg := settings.Connect()
	cfg.Name = "isolane " + cmd.Name()
	cfg.AttemptTimeout = connectPatience
	ctx, cancel := context.WithTimeout(cmd.Context(), connectPatience)
	defer cancel()
	conn, err := bridge.Connect(ctx, cfg, nil)
	return conn, settings, err
}
