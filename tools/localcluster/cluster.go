package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/isolane/isolane/internal/child"
)

const (
	// firstPause and longestPause bound how long a node that ended stays away.
	firstPause, longestPause = 500 * time.Millisecond, 15 * time.Second
	// settled is how long a node must have run for its next fault to be the first.
	settled = 30 * time.Second
)

// cluster runs the nodes. It is used once, by run.
type cluster struct {
	cfg            config
	nats           string
	nodes          []address
	stdout, stderr io.Writer // shared by all nodes; each write is a line
	spawner        *child.Spawner

	mu    sync.Mutex
	ready map[string]int // guarded by mu; node to its process id
	told  bool           // guarded by mu; the cluster was announced
}

func newCluster(cfg config, nats string, nodes []address, stdout, stderr io.Writer) *cluster {
	return &cluster{
		cfg: cfg, nats: nats, nodes: nodes, ready: make(map[string]int),
		stdout: child.NewShared(stdout), stderr: child.NewShared(stderr),
	}
}

// run starts every node and waits until all have ended: drained when ctx is done,
// killed when killing is. An error is that of a node that was never ready; the others
// are drained then.
func (c *cluster) run(ctx, killing context.Context) error {
	c.spawner = child.NewSpawner()
	defer c.spawner.Stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	faults := make([]error, len(c.nodes))
	var all sync.WaitGroup
	for i := range c.nodes {
		all.Go(func() {
			if faults[i] = c.keep(ctx, killing, i); faults[i] != nil {
				cancel()
			}
		})
	}
	all.Wait()
	return errors.Join(faults...)
}

// keep runs node i until ctx is done, and starts it again when it ends.
func (c *cluster) keep(ctx, killing context.Context, i int) error {
	name := c.nodes[i].name
	pause := &backoff.ExponentialBackOff{InitialInterval: firstPause, Multiplier: 2, RandomizationFactor: 0, MaxInterval: longestPause}
	pause.Reset()
	for served := false; ; {
		began := time.Now()
		ready, err := c.once(ctx, killing, i)
		if ctx.Err() != nil {
			c.say("%s ended: %s\n", name, describe(err))
			return nil //nolint:nilerr // it was told to end, and how it did is said
		}
		served = served || ready
		if !served {
			return fmt.Errorf("%s ended before it was ready: %s", name, describe(err))
		}
		if time.Since(began) > settled {
			pause.Reset()
		}
		wait := pause.NextBackOff()
		c.say("%s ended: %s; it starts again in %s\n", name, describe(err), wait)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

// once runs node i to its end, and says whether it was ready.
func (c *cluster) once(ctx, killing context.Context, i int) (served bool, err error) {
	name := c.nodes[i].name
	var ready atomic.Bool
	cmd := exec.CommandContext(ctx, c.cfg.isolane, arguments(c.cfg, c.nats, c.nodes, i)...)
	cmd.SysProcAttr = child.Group()
	cmd.Cancel = func() error { return signalGroup(cmd, syscall.SIGTERM) }
	cmd.WaitDelay = c.cfg.grace
	stdout := child.NewLines(c.stdout, name, func(line []byte) {
		if bytes.HasPrefix(line, []byte("ready ")) {
			ready.Store(true)
			c.isReady(name, cmd.Process.Pid)
		}
	})
	stderr := child.NewLines(c.stderr, name, nil)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := c.spawner.Start(cmd); err != nil {
		return false, err
	}
	stop := context.AfterFunc(killing, func() { _ = signalGroup(cmd, syscall.SIGKILL) })
	defer stop()
	err = cmd.Wait()
	stdout.Flush()
	stderr.Flush()
	if state := cmd.ProcessState; state != nil { // Wait tells the context's end instead
		err = nil
		if !state.Success() {
			err = &exec.ExitError{ProcessState: state}
		}
	}
	return ready.Load(), err
}

// isReady notes a node, and announces the cluster when it is the last.
func (c *cluster) isReady(name string, pid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ready[name] = pid
	if c.told || len(c.ready) < len(c.nodes) {
		return
	}
	c.told = true
	last := c.nodes[len(c.nodes)-1].name
	server := ""
	if c.nats != "nats://127.0.0.1:4222" { // what the commands use unasked
		server = " --nats " + c.nats
	}
	c.say(`
%d nodes are ready. In another terminal:

  %s invoke hello '{"name":"Ada"}'%s
  %[2]s members%[3]s
  kill -9 %[4]d    # %[5]s; it comes back

Ctrl-C drains and ends all.

`, len(c.nodes), c.cfg.isolane, server, c.ready[last], last)
}

// say writes for who looks on; nobody has to.
func (c *cluster) say(format string, args ...any) {
	_, _ = fmt.Fprintf(c.stderr, format, args...)
}

// signalGroup reaches a node and whatever it started.
func signalGroup(cmd *exec.Cmd, sig syscall.Signal) error {
	return syscall.Kill(-cmd.Process.Pid, sig)
}

func describe(err error) string {
	if err == nil {
		return "drained"
	}
	return err.Error()
}
