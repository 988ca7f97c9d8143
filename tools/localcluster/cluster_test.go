package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const patience = 2 * time.Minute

// output collects what a cluster writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await waits until pattern was written n times, and returns the matches.
func (o *output) await(t *testing.T, pattern string, n int) [][]string {
	t.Helper()
	var found [][]string
	eventually(t, func() bool {
		found = regexp.MustCompile(pattern).FindAllStringSubmatch(o.String(), -1)
		return len(found) >= n
	}, func() string { return fmt.Sprintf("%q %d times in:\n%s", pattern, n, o) })
	return found
}

func eventually(t *testing.T, holds func() bool, state func() string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); !holds(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not in %s: %s", patience, state())
		}
	}
}

// running is a cluster of stubs in this process.
type running struct {
	out         *output
	drain, kill context.CancelFunc
	ended       chan error
}

func start(t *testing.T, how string, change func(*config)) running {
	t.Helper()
	t.Setenv(stub, how)
	self, err := os.Executable()
	require.NoError(t, err)
	cfg := config{
		nodes: 3, isolane: self, functions: t.TempDir(), nats: "nats://127.0.0.1:1",
		listen: "127.0.0.1:0", data: t.TempDir(), grace: patience,
	}
	if change != nil {
		change(&cfg)
	}
	r := running{out: &output{}, ended: make(chan error, 1)}
	var ctx, killing context.Context
	ctx, r.drain = context.WithCancel(t.Context())
	killing, r.kill = context.WithCancel(t.Context())
	go func() { r.ended <- run(ctx, killing, cfg, r.out, r.out) }()
	return r
}

func (r running) end(t *testing.T) error {
	t.Helper()
	select {
	case err := <-r.ended:
		return err
	case <-time.After(2 * patience):
		t.Fatalf("the cluster did not end:\n%s", r.out)
		return nil
	}
}

func TestNodesAreAnnouncedAndDrained(t *testing.T) {
	r := start(t, "node", func(c *config) { c.extra = []string{"--runtimes", "1"} })
	r.out.await(t, `3 nodes are ready`, 1)
	r.out.await(t, `node-2 \| args run --functions \S+ --name node-2 --nats nats://127.0.0.1:1 .* --runtimes 1`, 1)
	r.drain()
	require.NoError(t, r.end(t))
	for _, name := range []string{"node-1", "node-2", "node-3"} {
		require.Contains(t, r.out.String(), name+" | bye, without an end of line\n")
		require.Contains(t, r.out.String(), name+" ended: drained\n")
	}
}

func TestTheServerInsideServes(t *testing.T) {
	r := start(t, "node", func(c *config) { c.nats = ""; c.nodes = 1 })
	url := r.out.await(t, `--nats (nats://\S+) --gossip`, 1)[0][1]
	require.NotContains(t, url, ":0")
	r.out.await(t, `1 nodes are ready`, 1)
	require.Contains(t, r.out.String(), "members --nats "+url)
	require.NotContains(t, r.out.String(), "--join")
	r.drain()
	require.NoError(t, r.end(t))
}

func TestAKilledNodeComesBack(t *testing.T) {
	r := start(t, "node", nil)
	pid, err := strconv.Atoi(r.out.await(t, `node-2 \| ready node=node-2 pid=(\d+)`, 1)[0][1])
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	r.out.await(t, `node-2 ended: signal: killed; it starts again`, 1)
	r.out.await(t, `node-2 \| ready node=node-2`, 2)
	r.drain()
	require.NoError(t, r.end(t))
}

func TestANodeThatIsNeverReadyEndsTheCluster(t *testing.T) {
	r := start(t, "one-broken", nil)
	require.ErrorContains(t, r.end(t), "node-2 ended before it was ready: exit status 3")
	require.Contains(t, r.out.String(), "node-2 | error: the port is in use")
}

func TestWhatDoesNotDrainIsKilled(t *testing.T) {
	for name, test := range map[string]struct {
		grace time.Duration
		kill  bool
	}{"after the grace": {10 * time.Millisecond, false}, "at the second signal": {time.Hour, true}} {
		t.Run(name, func(t *testing.T) {
			r := start(t, "deaf", func(c *config) { c.grace = test.grace })
			r.out.await(t, `3 nodes are ready`, 1)
			r.drain()
			if test.kill {
				r.kill()
			}
			require.NoError(t, r.end(t))
			r.out.await(t, `node-1 ended: signal: killed`, 1)
		})
	}
}

func TestSignalsDrainTheProgramsNodes(t *testing.T) {
	program, out := startProgram(t)
	out.await(t, `2 nodes are ready`, 1)
	require.NoError(t, program.Process.Signal(os.Interrupt))
	require.NoError(t, program.Wait())
	out.await(t, `node-\d ended: drained`, 2)
}

// startProgram runs this program as a process of its own, with stubs as nodes.
func startProgram(t *testing.T) (*exec.Cmd, *output) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	out := &output{}
	program := exec.CommandContext(t.Context(), self, "-n", "2", "-isolane", self, "-functions", t.TempDir(), "-nats", "nats://127.0.0.1:1")
	program.Env = append(os.Environ(), stub+"=program")
	program.Stdout, program.Stderr = out, out
	require.NoError(t, program.Start())
	return program, out
}
