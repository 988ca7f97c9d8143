package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/isolane/isolane/bridge"
)

// serverPatience bounds the end of the NATS server, which writes its streams.
const serverPatience = 10 * time.Second

// startServer runs the NATS server that all nodes use, with JetStream.
func startServer(ctx context.Context, cfg config, log *slog.Logger) (*bridge.Server, error) {
	host, port, err := net.SplitHostPort(cfg.listen)
	if err != nil {
		return nil, fmt.Errorf("%w: -nats-listen: %w", errUsage, err)
	}
	sc := bridge.DefaultServerConfig()
	sc.Host, sc.DataDir, sc.Logger = host, cfg.data, log
	if sc.Port, err = strconv.Atoi(port); err != nil {
		return nil, fmt.Errorf("%w: -nats-listen: %w", errUsage, err)
	}
	return bridge.StartServer(ctx, sc)
}
