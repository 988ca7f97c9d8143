package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// patience is how long a part of a process may take to begin.
const patience = 30 * time.Second

// NATS is a server on a port of its own; it says "ready URL".
func NATS(ctx context.Context, out io.Writer) error {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		return fmt.Errorf("NATS server: %w", err)
	}
	go s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(patience) {
		return errors.New("the NATS server is not ready in time")
	}
	if err := ready(out, s.ClientURL()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// ready says that the process can be called.
func ready(out io.Writer, what any) error {
	_, err := fmt.Fprintf(out, "ready %v\n", what)
	return err
}
