package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
)

// asServer makes the test binary be a NATS server with JetStream, on the port that it
// names and with the data of natsData.
const (
	asServer = "TEST_AS_NATS"
	natsData = "TEST_NATS_DATA"
)

// beServer runs the server until standard input ends: in order then, and at once when
// it is killed.
func beServer() error {
	port, err := strconv.Atoi(os.Getenv(asServer))
	if err != nil {
		return err
	}
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.DataDir = port, os.Getenv(natsData)
	server, err := bridge.StartServer(context.Background(), cfg)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(os.Stdout, server.ClientURL()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return errors.Join(err, server.Shutdown(context.Background()))
}

// natsProcess is a NATS server in a process of its own, which can be ended and started
// again on the same port and with the same data.
type natsProcess struct {
	tb   testing.TB
	data string
	port int
	url  string
	cmd  *exec.Cmd
	in   io.WriteCloser
}

func startNATS(tb testing.TB) *natsProcess {
	tb.Helper()
	n := &natsProcess{tb: tb, data: tb.TempDir(), port: freePort(tb)}
	n.start()
	tb.Cleanup(n.stop)
	return n
}

func (n *natsProcess) start() {
	n.tb.Helper()
	binary, err := os.Executable()
	require.NoError(n.tb, err)
	n.cmd = exec.Command(binary)
	n.cmd.Env = append(os.Environ(), asServer+"="+strconv.Itoa(n.port), natsData+"="+n.data)
	n.cmd.Stderr = os.Stderr
	n.in, err = n.cmd.StdinPipe()
	require.NoError(n.tb, err)
	out, err := n.cmd.StdoutPipe()
	require.NoError(n.tb, err)
	require.NoError(n.tb, n.cmd.Start())
	_, err = fmt.Fscanln(out, &n.url)
	require.NoError(n.tb, err, "the server does not start")
}

// stop ends the server in order.
func (n *natsProcess) stop() {
	_ = n.in.Close()
	_ = n.cmd.Wait()
}

// kill ends it without a word.
func (n *natsProcess) kill() {
	n.tb.Helper()
	require.NoError(n.tb, n.cmd.Process.Signal(syscall.SIGKILL))
	_ = n.cmd.Wait()
	_ = n.in.Close()
}
