package parts

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/isolane/isolane/experiments/workload"
)

// patience bounds the start and the end of a part.
const patience = 30 * time.Second

// Part is a program.
type Part struct {
	Name string
	// Run runs until ctx is done, or the program ends by itself.
	Run func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

// All are those of the laboratory itself.
func All() []Part {
	return []Part{{"nats", serveNATS}, {"pages", servePages}, {"within", within}}
}

// Flags makes a part's set of flags.
func Flags(name string, stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	return flags
}

// serveNATS is the NATS server, with its monitoring.
func serveNATS(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := Flags("nats", stderr)
	listen := flags.String("listen", "127.0.0.1:0", "`host:port`")
	data := flags.String("data", "", "`folder` of the streams; \"\" keeps none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	host, text, err := net.SplitHostPort(*listen)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("-listen: %w", err)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	s, err := server.NewServer(&server.Options{
		ServerName: "lab", Host: host, Port: port, HTTPHost: host, HTTPPort: server.RANDOM_PORT, NoSigs: true, NoLog: true,
		JetStream: *data != "", StoreDir: *data,
	})
	if err != nil {
		return fmt.Errorf("NATS server: %w", err)
	}
	started := make(chan struct{})
	go func() {
		defer close(started)
		s.Start()
	}()
	defer func() {
		<-started
		s.Shutdown()
		s.WaitForShutdown()
	}()
	if !s.ReadyForConnections(patience) {
		return errors.New("the NATS server is not ready in time")
	}
	if _, err := fmt.Fprintf(stdout, "ready url=%s monitor=http://%s\n", s.ClientURL(), s.MonitorAddr()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// servePages is the server of pages.
func servePages(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if err := Flags("pages", stderr).Parse(args); err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: workload.Pages(), ReadHeaderTimeout: patience}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(listener) }()
	if _, err := fmt.Fprintf(stdout, "ready url=http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, s.Close())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return s.Close()
	}
}
