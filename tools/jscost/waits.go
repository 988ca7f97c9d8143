package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/isolane/isolane/tools/jscost/internal/report"
	"github.com/isolane/isolane/tools/jscost/internal/waits"
)

// waitsTarget is the most that ten thousand waiting invocations should add to what is
// resident, in bytes.
const waitsTarget = 400_000_000

// waitsMemory measures timers and fetches, each in a process of its own.
func waitsMemory(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("waits", flag.ContinueOnError)
	var cfg waits.Config
	flags.IntVar(&cfg.Invocations, "n", 10_000, "invocations")
	flags.IntVar(&cfg.Runtimes, "runtimes", 4, "runtimes")
	flags.DurationVar(&cfg.Timer, "timer", time.Minute, "how long the timers take")
	lines := flags.String("json", "", "a file to append a line of JSON to for each kind")
	here := flags.String("here", "", "internal: measure timers or fetches in this process, and print JSON")
	heap := flags.String("heap", "", "internal: a file for a profile of Go's heap while all wait, with -here")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *here != "" {
		cfg.Kind = *here
		cfg.Waiting = func() error { return writeHeap(*heap) }
		return waitsHere(ctx, cfg, out)
	}
	say(out, "%d invocations that wait at once, on %d runtimes; target: under %s over idle\n\n", cfg.Invocations, cfg.Runtimes, report.MB(waitsTarget))
	table := report.NewTable(out, "waits for", "resident idle", "waiting", "over idle", "for each", "of it Go heap", "Go stacks", "V8 heaps", "goroutines", "files", "after", "until all wait", "until all end", "answers", "verdict")
	var faults error
	for _, kind := range []string{waits.Timers, waits.Fetches} {
		args := []string{"waits", "-here", kind, "-n", fmt.Sprint(cfg.Invocations), "-runtimes", fmt.Sprint(cfg.Runtimes), "-timer", cfg.Timer.String()}
		err := self(ctx, args, func(r waits.Report) {
			i, w := r.Idle, r.Waiting
			table.Row(kind, report.MB(i.Resident), report.MB(w.Resident), report.MB(r.Over()), report.KB(r.Each()),
				report.MB(w.GoHeap-i.GoHeap), report.MB(w.GoStacks-i.GoStacks), report.MB(r.V8Waiting-r.V8Idle),
				w.Goroutines, w.Files, report.MB(r.After.Resident), r.Start.Round(time.Millisecond), r.End.Round(time.Millisecond),
				r.Answers, word(r.Over() < waitsTarget))
			faults = errors.Join(faults, r.Fault(), appendLine(*lines, r))
		})
		if err != nil {
			return err
		}
	}
	if err := table.Err(); err != nil {
		return err
	}
	return verdict(out, "each invocation had one answer, ok", faults)
}

// waitsHere measures in this process and prints JSON. The server of the fetches is a
// child, which ends with this process since its standard input does.
func waitsHere(ctx context.Context, cfg waits.Config, out io.Writer) error {
	if cfg.Kind == waits.Fetches {
		url, stop, err := startHold(ctx)
		if err != nil {
			return err
		}
		defer stop()
		cfg.URL = url
	}
	r, err := waits.Run(ctx, cfg)
	return errors.Join(err, json.NewEncoder(out).Encode(r))
}

// hold is the child's command.
func hold(ctx context.Context, _ []string, out io.Writer) error {
	return waits.Serve(ctx, os.Stdin, out)
}

// startHold starts the server and returns its URL, and a function that ends it and
// waits for that.
func startHold(ctx context.Context) (url string, stop func(), err error) {
	path, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	cmd := exec.CommandContext(ctx, path, "hold")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	lines, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = in.Close() // that is what ends it
		_ = cmd.Wait() // it has served its purpose
	}
	if url, err = bufio.NewReader(lines).ReadString('\n'); err != nil {
		stop()
		return "", nil, fmt.Errorf("the server that holds replies did not start: %w", err)
	}
	return strings.TrimSpace(url), stop, nil
}
