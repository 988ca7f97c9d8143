package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/internal/logkit"
)

// patience is how long a test waits for what should happen soon: the machine may be
// slow, and the race detector is.
const patience = 60 * time.Second

// cli runs a command line in this process.
func cli(tb testing.TB, args ...string) (stdout, stderr string, status int) {
	tb.Helper()
	return cliWith(tb, "", nil, args...)
}

// cliWith is cli with standard input and an environment.
func cliWith(tb testing.TB, stdin string, environ []string, args ...string) (stdout, stderr string, status int) {
	tb.Helper()
	var out, errOut bytes.Buffer
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	status = execute(ctx, streams{in: strings.NewReader(stdin), out: &out, err: &errOut, environ: environ}, args)
	return out.String(), errOut.String(), status
}

// process is a node in a process of its own.
type process struct {
	t   testing.TB
	cmd *exec.Cmd
	// ready is the ready line, url and http what it says of NATS and of the page.
	ready, url, http string
	lines            chan string   // standard output after the ready line; closed at its end
	ended            chan struct{} // closed when the process has ended
	log              logkit.Buffer // standard error
}

// start runs "isolane run" with args in a process of its own. It does not wait for
// the ready line.
func start(tb testing.TB, args ...string) *process {
	tb.Helper()
	binary, err := os.Executable()
	require.NoError(tb, err)
	p := &process{t: tb, lines: make(chan string, 16), ended: make(chan struct{})}
	p.cmd = exec.Command(binary, append([]string{"run"}, args...)...)
	p.cmd.Env = append(os.Environ(), asCommand+"=1")
	p.cmd.Dir = tb.TempDir() // no isolane.yaml, and isolane-data is made here
	p.cmd.Stderr = &p.log
	stdout, err := p.cmd.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, p.cmd.Start())
	go func() {
		defer close(p.ended)
		defer close(p.lines)
		scanner := bufio.NewScanner(stdout)
		for scanner.Scan() {
			p.lines <- scanner.Text()
		}
		_ = p.cmd.Wait()
	}()
	tb.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
		if tb.Failed() {
			tb.Logf("log of %v:\n%s", p.cmd.Args, p.log.String())
		}
	})
	return p
}

// startNode is start with a NATS server inside on a free port; it returns when the
// node is ready.
func startNode(tb testing.TB, functions string, args ...string) *process {
	tb.Helper()
	return start(tb, append([]string{"--functions", functions, "--nats-listen", "127.0.0.1:0"}, args...)...).awaitReady()
}

var readyLine = regexp.MustCompile(`^ready node=([A-Za-z0-9_-]+) nats=(nats://\S+:\d+) http=(http://\S+:\d+) functions=\d+ runtimes=\d+$`)

func (p *process) awaitReady() *process {
	p.t.Helper()
	select {
	case line, ok := <-p.lines:
		require.True(p.t, ok, "the node ended: %s", p.log.String())
		match := readyLine.FindStringSubmatch(line)
		require.NotNil(p.t, match, line)
		p.ready, p.url, p.http = line, match[2], match[3]
	case <-time.After(patience):
		require.FailNow(p.t, "the node is not ready", p.log.String())
	}
	return p
}

// connect opens a connection to the node's NATS server.
func (p *process) connect() *nats.Conn {
	p.t.Helper()
	conn, err := nats.Connect(p.url)
	require.NoError(p.t, err)
	p.t.Cleanup(conn.Close)
	return conn
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(s))
}

// await waits for the end of the process and returns its exit status.
func (p *process) await() int {
	p.t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		require.FailNow(p.t, "the node does not end", p.log.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// folder makes a folder of functions: file name, then contents.
func folder(tb testing.TB, files ...string) string {
	tb.Helper()
	dir := tb.TempDir()
	for i := 0; i+1 < len(files); i += 2 {
		write(tb, filepath.Join(dir, files[i]), files[i+1])
	}
	return dir
}

// write saves a file as editors do: beside its name, and then renamed.
func write(tb testing.TB, path, contents string) {
	tb.Helper()
	require.NoError(tb, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(tb, os.WriteFile(path+".tmp~", []byte(contents), 0o600))
	require.NoError(tb, os.Rename(path+".tmp~", path))
}

// natsServer runs a NATS server in this process and returns its URL.
func natsServer(tb testing.TB) string {
	tb.Helper()
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.JetStream = 0, false
	server, err := bridge.StartServer(tb.Context(), cfg)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Shutdown(context.Background())) })
	return server.ClientURL()
}

// eventually calls check until it returns nil, and fails with its last error.
func eventually(tb testing.TB, within time.Duration, check func() error) {
	tb.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(within); ; <-ticker.C {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			require.FailNow(tb, fmt.Sprintf("not within %s: %v", within, err))
		}
	}
}
