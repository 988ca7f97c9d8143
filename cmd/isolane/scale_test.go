package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/internal/logkit"
)

// runtimesOf asks a node for its runtimes.
func runtimesOf(t *testing.T, p *process) admin.Runtimes {
	t.Helper()
	out, errOut, status := cli(t, "runtimes", "ls", "--json", "--nats", p.url)
	require.Zero(t, status, errOut)
	var answers []admin.Runtimes
	require.NoError(t, json.Unmarshal([]byte(out), &answers))
	require.Len(t, answers, 1)
	return answers[0]
}

// stream sends numbered requests without a pause, from so many senders, until end, which
// returns how many there were. Each must come back with its number.
func (p *process) stream(t *testing.T, subject string, senders int) (end func() int64) {
	t.Helper()
	conn := p.connect()
	var next, answered atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				want := strconv.FormatInt(next.Add(1), 10)
				m, err := conn.Request(subject, []byte(want), patience)
				if err != nil || string(m.Data) != want {
					t.Errorf("message %s: %v %+v", want, err, m)
					return
				}
				answered.Add(1)
			}
		})
	}
	return func() int64 {
		close(stop)
		wg.Wait()
		require.Equal(t, next.Load(), answered.Load(), "each message has its answer")
		return answered.Load()
	}
}

var scaleFiles = []string{
	"mix.js", `let n = 0; export default async (m) => {
		if (++n % 3 === 0) await new Promise((r) => setTimeout(r, 5));
		if (n % 50 === 0) { const end = performance.now() + 3; while (performance.now() < end); }
		return m.text();
	}`,
	"busy.js", `export default (m) => { const end = performance.now() + 5; while (performance.now() < end); return m.text() }`,
}

// TestScaleLosesNothing scales a node up and down, live, under load: each message has its
// answer.
func TestScaleLosesNothing(t *testing.T) {
	p := startNode(t, folder(t, scaleFiles...), "--name", "n1", "--runtimes", "2")
	end := p.stream(t, "fn.mix", 32)
	for _, n := range []int{6, 1, 4, 2, 8, 1, 3} {
		args := []string{"runtimes", "scale", fmt.Sprint(n), "--wait", "30s", "--nats", p.url}
		if n%2 == 0 {
			args = append(args, "--node", "n1")
		}
		out, errOut, status := cli(t, args...)
		require.Zero(t, status, errOut)
		require.Equal(t, fmt.Sprintf("n1: wanted %d, runtimes %d\n", n, n), out)
	}
	total := end()
	got := runtimesOf(t, p)
	require.Equal(t, 3, got.Wanted)
	require.Equal(t, -1, got.Total)
	t.Logf("%d messages while the node was scaled 7 times", total)
	require.Greater(t, total, int64(100))

	out, _, status := cli(t, "runtimes", "ls", "--nats", p.url)
	require.Zero(t, status)
	require.Regexp(t, `(?m)^n1 +0 +\(any\) +idle +0 +1 +0 +-$`, out)
	require.Regexp(t, `(?m)^n1: 3 of 3 wanted, as it was told; 0 queued, waiting`, out)

	for want, args := range map[string][]string{
		"1 or more":                       {"0"},
		"a number of runtimes":            {"many"},
		"give one of":                     {"3", "--auto"},
		"--node is for":                   {"--total", "3", "--node", "n1"},
		"1 to 64; runtimes.max":           {"65"},
		"no node is named n9 there":       {"3", "--node", "n9"},
		"has no bounds to scale between:": {"--auto"},
	} {
		_, errOut, status := cli(t, append([]string{"runtimes", "scale", "--nats", p.url}, args...)...)
		require.NotZero(t, status, args)
		require.Contains(t, errOut, want, args)
	}
}

// TestAutoscaleFollowsTheLoad: by itself, as far as the CPUs go, until somebody says how
// many; and every message has its answer.
func TestAutoscaleFollowsTheLoad(t *testing.T) {
	dir := folder(t, scaleFiles...)
	file := filepath.Join(t.TempDir(), "isolane.yaml")
	write(t, file, "runtimes: { count: 1, min: 1, max: 4, shedTarget: 0s }")
	p := startNode(t, dir, "--name", "n1", "--config", file)
	require.True(t, runtimesOf(t, p).Auto)
	end := p.stream(t, "fn.busy", 16)
	eventually(t, patience, func() error {
		if got := runtimesOf(t, p); got.Wanted < 2 {
			return fmt.Errorf("%d runtimes are wanted, and calls wait %.1f ms", got.Wanted, got.QueueDelayMS)
		}
		return nil
	})
	_, errOut, status := cli(t, "runtimes", "scale", "1", "--wait", "30s", "--nats", p.url)
	require.Zero(t, status, errOut)
	got := runtimesOf(t, p)
	require.Equal(t, 1, got.Wanted)
	require.False(t, got.Auto)
	_, errOut, status = cli(t, "runtimes", "scale", "--auto", "--nats", p.url)
	require.Zero(t, status, errOut)
	eventually(t, patience, func() error {
		if got := runtimesOf(t, p); !got.Auto || got.Wanted < 2 {
			return fmt.Errorf("%d runtimes are wanted, by the load: %t", got.Wanted, got.Auto)
		}
		return nil
	})
	require.Positive(t, end())
}

// TestRuntimesWatch shows the runtimes again and again until it is interrupted.
func TestRuntimesWatch(t *testing.T) {
	p := startNode(t, folder(t, scaleFiles...), "--name", "n1", "--runtimes", "1")
	var out logkit.Buffer
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	status := make(chan int, 1)
	go func() {
		status <- execute(ctx, streams{in: strings.NewReader(""), out: &out, err: &out}, []string{"runtimes", "ls", "--watch", "--nats", p.url})
	}()
	eventually(t, patience, func() error {
		if n := strings.Count(out.String(), "n1: 1 of 1 wanted"); n < 2 {
			return fmt.Errorf("%d looks: %s", n, out.String())
		}
		return nil
	})
	interrupt()
	require.Zero(t, <-status)
}
