package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// patience is how long a child may take to be ready, and to end.
const patience = 30 * time.Second

// serveNATS is the child that is the NATS server; it prints its URL.
func serveNATS(ctx context.Context, stdout io.Writer) error {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true})
	if err != nil {
		return fmt.Errorf("NATS server: %w", err)
	}
	go s.Start()
	if !s.ReadyForConnections(patience) {
		return errors.New("the NATS server is not ready in time")
	}
	_, _ = fmt.Fprintf(stdout, "ready %s\n", s.ClientURL())
	<-ctx.Done()
	s.Shutdown()
	s.WaitForShutdown()
	return nil
}

// serveEcho is the child that is the plain Go responder.
func serveEcho(ctx context.Context, url string, stdout io.Writer) error {
	nc, err := nats.Connect(url)
	if err != nil {
		return err
	}
	defer nc.Close()
	if _, err := nc.QueueSubscribe("go.echo", "q", func(m *nats.Msg) { _ = m.Respond(m.Data) }); err != nil {
		return err
	}
	if err := nc.Flush(); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(stdout, "ready")
	<-ctx.Done()
	return nil
}

// child is a process of the benchmark.
type child struct {
	cmd   *exec.Cmd
	ready string // the line that it said when it was
	ended chan struct{}
	err   error // how it ended, once it has
}

// start starts a process, and waits for the line of its output that begins with "ready".
func start(ctx context.Context, stderr io.Writer, name string, args ...string) (*child, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer in.Close() //nolint:errcheck // the child has its own
	cmd.Stdout = in
	if err := cmd.Start(); err != nil {
		_ = out.Close()
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c := &child{cmd: cmd, ended: make(chan struct{})}
	lines := make(chan string, 1)
	go func() {
		defer out.Close() //nolint:errcheck // read only
		for scan := bufio.NewScanner(out); scan.Scan(); {
			if strings.HasPrefix(scan.Text(), "ready") {
				select {
				case lines <- scan.Text():
				default:
				}
			}
		}
	}()
	go func() {
		defer close(c.ended)
		c.err = cmd.Wait()
	}()
	select {
	case c.ready = <-lines:
		return c, nil
	case <-c.ended:
		return nil, fmt.Errorf("%s ended before it was ready: %w", name, c.err)
	case <-time.After(patience):
		c.stop()
		return nil, fmt.Errorf("%s is not ready in time", name)
	}
}

// stop ends the process and waits for it.
func (c *child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.ended:
	case <-time.After(patience):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
}
