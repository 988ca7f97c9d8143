package chaos

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/isolane/isolane/bridge"
)

// ServeNATS is what a process does that is the NATS server: it serves with JetStream
// until ctx is done. Arguments: -listen HOST:PORT -data FOLDER. It prints one line when
// it takes connections.
func ServeNATS(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("nats", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:0", "`host:port`")
	data := flags.String("data", "", "`folder` of the streams")
	if err := flags.Parse(args); err != nil {
		return err
	}
	cfg := bridge.DefaultServerConfig()
	host, port, err := net.SplitHostPort(*listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if cfg.Port, err = strconv.Atoi(port); err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	cfg.Host, cfg.DataDir = host, *data
	cfg.Logger = slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	server, err := bridge.StartServer(ctx, cfg)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "ready url=%s\n", server.ClientURL()); err != nil {
		return err
	}
	<-ctx.Done()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(ending)
}
