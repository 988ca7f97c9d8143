package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/experiments/loadgen"
	"github.com/isolane/isolane/jsruntime/function"
)

// benchFlags are bench's own.
type benchFlags struct {
	rates    []string
	callers  []int
	duration time.Duration
	size     string
	subjects bool
	json     bool
	out      string
	label    string
	quiet    bool
	cfg      loadgen.Config
}

func newBench(std streams) *cobra.Command {
	f := benchFlags{cfg: loadgen.DefaultConfig()}
	cmd := &cobra.Command{
		Use:   "bench TARGET...",
		Short: "Send a load to functions and measure what came of it",
		Long: `Send a load to functions over NATS, and print how many calls a second ended well,
how the others ended, and how long they took.

A TARGET is NAME[:WEIGHT][=PAYLOAD], where PAYLOAD may be @FILE; with --subjects it
begins with a subject instead of a function's name. With more than one, which is called
next is drawn by weight.

--rate is an open loop: calls are sent at that rate whatever becomes of them, and their
latency counts from when each was to be sent. --callers is a closed loop: so many callers
each wait for a reply before they call again. Several values are steps, one after the
other: --rate 100,200,400 or --rate 100..1000/100.

Ctrl-C ends it; the steps that are over are printed.`,
		Example: `  isolane bench hello --rate 500
  isolane bench hello:9 'fib:1={"n":20}' --rate 100..1000/100 --duration 20s --out run.json
  isolane bench echo --size 16KiB --callers 1,16,128
  isolane bench --via stream --subjects orders.new --rate 1000
  isolane bench compare old.json new.json`,
		Args: cobra.MinimumNArgs(1),
	}
	addConnection(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&f.rates, "rate", nil, "calls a second of an open loop; `R`, or FROM..TO/BY; several are steps")
	flags.IntSliceVar(&f.callers, "callers", nil, "callers of a closed loop, `N`; several are steps")
	flags.DurationVar(&f.duration, "duration", 10*time.Second, "of each step")
	flags.DurationVar(&f.cfg.Warmup, "warmup", f.cfg.Warmup, "before each step, not measured")
	flags.StringVar(&f.size, "size", "", "`BYTES` of payload for targets that name none, 64 or 16KiB")
	flags.StringVar((*string)(&f.cfg.Via), "via", string(f.cfg.Via), "request, or stream: a publish that a JetStream stream confirms")
	flags.StringVar((*string)(&f.cfg.Arrivals), "arrivals", string(f.cfg.Arrivals), "of an open loop: poisson, or even")
	flags.DurationVar(&f.cfg.Timeout, "timeout", f.cfg.Timeout, "how long a reply is waited for; a call without one counts as having taken that long")
	flags.IntVar(&f.cfg.MaxOutstanding, "outstanding", f.cfg.MaxOutstanding, "calls without a reply at most; one more is not sent, and counted")
	flags.IntVar(&f.cfg.Connections, "connections", f.cfg.Connections, "connections that share the load")
	flags.DurationVar(&f.cfg.Slice, "slice", f.cfg.Slice, "length of the parts that compare works on")
	flags.Uint64Var(&f.cfg.Seed, "seed", f.cfg.Seed, "the same seed gives the same arrivals and order")
	flags.BoolVar(&f.subjects, "subjects", false, "targets are subjects, not functions")
	flags.BoolVar(&f.json, "json", false, "print the result as JSON, with its histograms (HdrHistogram V2)")
	flags.StringVar(&f.out, "out", "", "write that JSON to `FILE`, too")
	flags.StringVar(&f.label, "label", "", "a `NAME` for the result")
	flags.BoolVar(&f.quiet, "quiet", false, "no progress on standard error")
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return bench(cmd, std, f, args) }
	cmd.AddCommand(newBenchCompare(std))
	return cmd
}

func bench(cmd *cobra.Command, std streams, f benchFlags, args []string) error {
	cfg := f.cfg
	var err error
	if cfg.Steps, err = benchSteps(f); err != nil {
		return &usageError{err: err}
	}
	var size function.Bytes
	if f.size != "" {
		if size, err = function.ParseBytes(f.size); err != nil {
			return &usageError{err: fmt.Errorf("--size: %w", err)}
		}
	}
	settings, err := loadConnection(cmd, std)
	if err != nil {
		return err
	}
	for _, arg := range args {
		target, err := benchTarget(std, arg, f.subjects, settings.Prefix, int(size), cfg.Seed)
		if err != nil {
			return &usageError{err: err}
		}
		cfg.Targets = append(cfg.Targets, target)
	}
	if err := cfg.Validate(); err != nil {
		return &usageError{err: err}
	}
	dial := func(context.Context) (*nats.Conn, error) {
		conn, _, err := connect(cmd, std) //nolint:contextcheck // it takes cmd's
		if err != nil {
			return nil, err
		}
		for _, t := range cfg.Targets {
			if int64(len(t.Payload)) > conn.MaxPayload() {
				conn.Close()
				return nil, &usageError{err: fmt.Errorf("the payload of %s, %d bytes, is over the server's max payload of %d", t.Subject, len(t.Payload), conn.MaxPayload())}
			}
		}
		return conn, nil
	}
	line := newMoving(std, f.json || f.quiet)
	defer line.close()
	result, err := loadgen.Run(cmd.Context(), dial, cfg, benchProgress(std, f, cfg, line))
	line.close()
	if result != nil && len(result.Steps) > 0 {
		result.Label = f.label
		err = errors.Join(err, printBench(std, f, result))
	}
	if errors.Is(err, loadgen.ErrConfig) {
		return &usageError{err: err}
	}
	return err
}

// benchSteps makes the steps of --rate and --callers.
func benchSteps(f benchFlags) ([]loadgen.Step, error) {
	if (len(f.rates) > 0) == (len(f.callers) > 0) {
		return nil, errors.New("give --rate (an open loop) or --callers (a closed loop), one of them")
	}
	var steps []loadgen.Step
	for _, n := range f.callers {
		steps = append(steps, loadgen.Step{Callers: n, Duration: f.duration})
	}
	for _, text := range f.rates {
		rates, err := loadgen.ParseRates(text)
		if err != nil {
			return nil, fmt.Errorf("--rate: %w", err)
		}
		for _, rate := range rates {
			steps = append(steps, loadgen.Step{Rate: rate, Duration: f.duration})
		}
	}
	return steps, nil
}

// benchTarget reads NAME[:WEIGHT][=PAYLOAD].
func benchTarget(std streams, arg string, subjects bool, prefix string, size int, seed uint64) (loadgen.Target, error) {
	spec, err := loadgen.ParseTarget(arg)
	if err != nil {
		return loadgen.Target{}, err
	}
	target := loadgen.Target{Subject: spec.Name, Weight: spec.Weight}
	if !subjects {
		if err := function.ValidateName(spec.Name); err != nil {
			return target, fmt.Errorf("target %q: %w; --subjects takes subjects", arg, err)
		}
		target.Subject = subject.Function(prefix, spec.Name)
	}
	switch {
	case spec.HasPayload && size > 0:
		return target, fmt.Errorf("target %q has a payload: --size is for those that have none", arg)
	case spec.HasPayload:
		target.Payload, err = readPayload(std, spec.Payload)
	case size > 0:
		target.Payload = loadgen.Filler(size, seed)
	}
	return target, err
}

// benchProgress says once a second how it goes: on the moving line, or where there is none in lines
// of their own.
func benchProgress(std streams, f benchFlags, cfg loadgen.Config, moves *moving) func(loadgen.Progress) {
	if f.quiet || f.json {
		return nil
	}
	var whole time.Duration
	for _, step := range cfg.Steps {
		whole += step.Duration
	}
	var last loadgen.Progress
	return func(p loadgen.Progress) {
		if p.Step != last.Step {
			last = loadgen.Progress{Step: p.Step}
		}
		step := cfg.Steps[p.Step]
		what := fmt.Sprintf("%s of %s", p.Into.Round(time.Second), step.Duration)
		switch {
		case p.Into < 0:
			what = "warming up"
		case p.Into > step.Duration:
			what = "waiting for the last replies"
		}
		line := fmt.Sprintf("step %d of %d, %s, %s: %d/s sent, %d/s ok, %d outstanding", p.Step+1, len(cfg.Steps), step, what,
			p.Sent-last.Sent, p.OK-last.OK, p.Outstanding)
		last = p
		if moves == nil {
			_, _ = fmt.Fprintln(std.err, line)
			return
		}
		into := min(max(p.Into, 0), step.Duration)
		for _, before := range cfg.Steps[:p.Step] {
			into += before.Duration
		}
		moves.say(into.Seconds()/whole.Seconds(), line)
	}
}

// printBench prints a result, and writes it to --out.
func printBench(std streams, f benchFlags, result *loadgen.Result) error {
	text, err := json.MarshalIndent(result, "", " ")
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	text = append(text, '\n')
	if f.out != "" {
		if err := os.WriteFile(f.out, text, 0o600); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	if f.json {
		_, err = std.out.Write(text)
		return err
	}
	return result.Table(std.out)
}

func newBenchCompare(std streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare OLD NEW",
		Short: "Say whether two results of bench differ, and how surely",
		Long: `Hold two results (bench --out) beside one another, step by step: medians of the
slices, their ratio, and the probability of such a difference by chance (Mann-Whitney U
test). Under ` + strconv.FormatFloat(loadgen.Alpha, 'g', -1, 64) + ` it is called better or worse. Steps in which the generator or the
machine was the limit prove nothing, and are called so.`,
		Args: cobra.ExactArgs(2),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		var results [2]*loadgen.Result
		for i, path := range args {
			file, err := os.Open(path)
			if err != nil {
				return &usageError{err: err}
			}
			results[i], err = loadgen.Read(file)
			if err = errors.Join(err, file.Close()); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		c, err := loadgen.Compare(results[0], results[1])
		if err != nil {
			return err
		}
		if !asJSON {
			return c.Table(std.out)
		}
		text, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("encode the comparison: %w", err)
		}
		_, err = fmt.Fprintln(std.out, string(text))
		return err
	}
	return cmd
}
