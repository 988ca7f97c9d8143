package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nats-io/nats.go"
)

// contestant serves the echo in a process of its own.
type contestant struct {
	name, subject string
	process       *child
	// missing says why it is not there.
	missing string
}

// sample is one round of a contestant.
type sample struct {
	// cpu is the serving process's, in seconds for 1,000 calls; rate is calls in a second.
	cpu, rate float64
	driven
}

// compare runs the whole comparison.
func compare(ctx context.Context, c config, stdout, stderr io.Writer) error {
	url, all, stop, err := arena(ctx, c, stderr)
	if err != nil {
		return err
	}
	defer stop()
	conns, closeAll, err := connect(url, maxConns)
	if err != nil {
		return err
	}
	defer closeAll()
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "requesters\t\tCPU s / 1000\tratio to Go\treq/s\tp50\tp99\n")
	for _, requesters := range c.requesters {
		samples := make([][]sample, len(all))
		for round := range c.rounds + 1 {
			for i := range all {
				at := (i + round) % len(all)
				s, err := measure(ctx, c, conns[:min(requesters, maxConns)], all[at], requesters)
				if err != nil {
					return err
				}
				if round > 0 && all[at].missing == "" { // the first warms up
					samples[at] = append(samples[at], s)
				}
			}
		}
		rows(table, requesters, all, samples)
	}
	return table.Flush()
}

// measure has a contestant serve its calls.
func measure(ctx context.Context, c config, conns []*nats.Conn, of contestant, requesters int) (sample, error) {
	if of.missing != "" {
		return sample{}, nil
	}
	calls := c.calls
	if requesters == 1 {
		calls /= 4 // it takes as long
	}
	pid := of.process.cmd.Process.Pid
	before, err := spent(pid)
	if err != nil {
		return sample{}, err
	}
	d, err := drive(ctx, conns, requesters, calls, of.subject)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w", of.name, err)
	}
	after, err := spent(pid)
	if err != nil {
		return sample{}, err
	}
	return sample{
		cpu: (after - before).Seconds() / float64(calls) * 1000, rate: float64(calls) / d.elapsed.Seconds(), driven: d,
	}, nil
}

// rows prints what one number of requesters gave.
func rows(w io.Writer, requesters int, all []contestant, samples [][]sample) {
	for i, of := range all {
		label := ""
		if i == 0 {
			label = fmt.Sprint(requesters)
		}
		if of.missing != "" {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", label, of.name, of.missing)
			continue
		}
		var cpu, ratio, rate []float64
		var p50, p99 []time.Duration
		for round, s := range samples[i] {
			cpu = append(cpu, s.cpu)
			ratio = append(ratio, s.cpu/samples[0][round].cpu)
			rate = append(rate, s.rate)
			p50, p99 = append(p50, s.p50), append(p99, s.p99)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%.4f (%.4f to %.4f)\t%.2f (%.2f to %.2f)\t%.0f\t%s\t%s\n",
			label, of.name, median(cpu), slices.Min(cpu), slices.Max(cpu), median(ratio), slices.Min(ratio), slices.Max(ratio),
			median(rate), median(p50).Round(time.Microsecond), median(p99).Round(time.Microsecond))
	}
}

func median[T float64 | time.Duration](all []T) T {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// arena starts the NATS server and the contestants.
func arena(ctx context.Context, c config, stderr io.Writer) (url string, all []contestant, stop func(), err error) {
	var children []*child
	stop = func() {
		for _, p := range slices.Backward(children) {
			p.stop()
		}
	}
	defer func() {
		if err != nil {
			stop()
		}
	}()
	self, err := os.Executable()
	if err != nil {
		return "", nil, nil, err
	}
	run := func(name string, args ...string) *child {
		if err != nil {
			return nil
		}
		var p *child
		if p, err = start(ctx, stderr, name, args...); err == nil {
			children = append(children, p)
		}
		return p
	}
	server := run(self, "-role", "server")
	if err != nil {
		return "", nil, nil, err
	}
	url = strings.TrimPrefix(server.ready, "ready ")
	all = append(all, contestant{name: "Go", subject: "go.echo", process: run(self, "-role", "go", "-nats", url)})
	if missing := nodeMissing(c.node); missing != "" {
		all = append(all, contestant{name: "Node", missing: missing})
	} else {
		all = append(all, contestant{name: "Node", subject: "node.echo", process: run("node", filepath.Join(c.node, "echo.mjs"), url)})
	}
	functions, err2 := writeFunctions()
	if err2 != nil {
		return "", nil, nil, err2
	}
	isolane := run(c.isolane, "run", "--functions", functions, "--nats", url, "--name", "bench", "--log-level", "warn", "--runtimes", strconv.Itoa(c.runtimes))
	all = append(all,
		contestant{name: "Isolane", subject: "fn.echo", process: isolane},
		contestant{name: "Isolane, async", subject: "fn.async", process: isolane})
	end := stop
	return url, all, func() { end(); _ = os.RemoveAll(functions) }, err
}

// nodeMissing says why the Node responder cannot be run, or "".
func nodeMissing(dir string) string {
	if _, err := exec.LookPath("node"); err != nil {
		return "not installed: there is no node on the PATH"
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@nats-io", "transport-node")); err != nil {
		return "not installed: npm has not been able to install @nats-io/transport-node into " + dir
	}
	return ""
}

// writeFunctions writes what Isolane serves into a folder of its own.
func writeFunctions() (string, error) {
	dir, err := os.MkdirTemp("", "benchecho")
	if err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"echo.js":   "export default (m) => m.text()",
		"async.js":  "export default async (m) => { await null; return m.text() }",
		"busy.js":   "export default (m) => { const end = performance.now() + 5; while (performance.now() < end); return m.text() }",
		"echo.yaml": "limits: { cpu: 10s }", "async.yaml": "limits: { cpu: 10s }",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}
