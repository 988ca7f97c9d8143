//go:build !noserver

package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/experiments/catalog"
	"github.com/isolane/isolane/experiments/lab"
)

// labFolder is where experiments write when nothing else is said.
const labFolder = "isolane-lab"

// experimentFlags are experiment's own.
type experimentFlags struct {
	quick, json, logs   bool
	out, scale, rogchap string
	seed                uint64
}

func newExperiment(std streams) *cobra.Command {
	var f experimentFlags
	cmd := &cobra.Command{
		Use:   "experiment NAME...|all",
		Short: "Run experiments of the laboratory on this machine",
		Long: `Run experiments on this machine, and write for each a folder with its raw data (JSON
lines), charts (SVG and PNG) and a page. "isolane report DIR" makes one report of all.

Nodes, NATS and the load generator are processes of their own. Nothing else should run
meanwhile: what was disturbed is seen by a calibration loop and by the time that the host
took, and is left out of every conclusion.

Where an experiment fails the others go on, and the exit status says so. Ctrl-C keeps what
was measured, and the same command goes on: with all of it, or with those that it names. It
measures again what failed, and points with too few repetitions that nothing disturbed. A
folder that holds the data of another run, or of another build, is not touched.`,
		Example: `  isolane experiment ls
  isolane experiment all --out lab && isolane report lab
  isolane experiment io restarts --out lab
  isolane experiment io --quick`,
		Args: cobra.MinimumNArgs(1),
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.quick, "quick", false, "small: shows that the machinery holds, and proves nothing")
	flags.StringVar(&f.out, "out", labFolder, "`DIR` for the results")
	flags.Uint64Var(&f.seed, "seed", 1, "decides the order of what is measured, and the chance in it")
	flags.BoolVar(&f.json, "json", false, "print what came of it as JSON")
	flags.BoolVar(&f.logs, "logs", false, "show what the nodes log")
	flags.StringVar(&f.rogchap, "rogchap", "", "`FILE`, isolane built with -tags rogchap: engines measures the original binding with it")
	flags.StringVar(&f.scale, "scale", "", "full, quick or smoke")
	_ = flags.MarkHidden("scale") // --quick is for people
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return experiment(cmd, std, f, args) }
	cmd.AddCommand(newExperimentLs(std), newExperimentPart(std))
	return cmd
}

func experiment(cmd *cobra.Command, std streams, f experimentFlags, names []string) error {
	chosen, err := chooseExperiments(names)
	if err != nil {
		return &usageError{err: err}
	}
	cfg, err := labConfig(std, f)
	if err != nil {
		return err
	}
	line := newMoving(std, f.json || f.logs) // the nodes' lines would break it
	defer line.close()
	say := cfg.Say
	cfg.Say = func(format string, args ...any) { line.aside(func() { say(format, args...) }) }
	for _, e := range chosen {
		if err := lab.Resumable(e, cfg); err != nil {
			return &usageError{err: err}
		}
	}
	if cfg.Scale == lab.Full {
		cfg.Say("about %s for all of it, on a machine with nothing else to do", lengthOf(chosen))
	}
	var failed error
	for _, e := range chosen {
		began := time.Now()
		cfg.At = func(done, total int) { line.at(done, total, "%s, %d of %d", e.Name, done+1, total) }
		err := lab.Run(cmd.Context(), e, cfg)
		if err != nil && cmd.Context().Err() != nil {
			return errors.Join(failed, err)
		}
		if err != nil {
			failed = errors.Join(failed, err)
			cfg.Say("%s: failed after %s: %v", e.Name, time.Since(began).Round(time.Second), err)
			continue
		}
		cfg.Say("%s: done after %s, see %s", e.Name, time.Since(began).Round(time.Second), filepath.Join(f.out, e.Name, lab.PageFile))
	}
	line.close()
	return errors.Join(printVerdicts(std, f, chosen), failed)
}

// labConfig says how to run experiments.
func labConfig(std streams, f experimentFlags) (lab.RunConfig, error) {
	cfg := lab.RunConfig{Folder: f.out, Scale: lab.Full, Seed: f.seed, Environ: std.environ, Say: labProgress(std.err)}
	if f.quick {
		cfg.Scale = lab.Quick
	}
	if f.scale != "" {
		cfg.Scale = lab.Scale(f.scale)
	}
	if !slices.Contains([]lab.Scale{lab.Full, lab.Quick, lab.Smoke}, cfg.Scale) {
		return cfg, &usageError{err: fmt.Errorf("--scale %q: use full, quick or smoke", f.scale)}
	}
	binary, err := os.Executable()
	if err != nil {
		return cfg, fmt.Errorf("find this program: %w", err)
	}
	if cfg.Versions, err = labVersions(binary); err != nil {
		return cfg, err
	}
	if f.rogchap != "" {
		if cfg.Rogchap, err = filepath.Abs(f.rogchap); err == nil {
			_, err = exec.LookPath(cfg.Rogchap)
		}
		if err != nil {
			return cfg, &usageError{err: fmt.Errorf("--rogchap: %w", err)}
		}
	}
	cfg.Isolane = []string{binary}
	if f.logs {
		cfg.Log = std.err
	}
	return cfg, nil
}

// lengthOf is about how long full runs take.
func lengthOf(chosen []lab.Experiment) time.Duration {
	var all time.Duration
	for _, e := range chosen {
		all += e.Length
	}
	return all.Round(time.Minute)
}

// chooseExperiments finds experiments by their names.
func chooseExperiments(names []string) ([]lab.Experiment, error) {
	all := catalog.Experiments()
	if slices.Contains(names, "all") {
		if len(names) > 1 {
			return nil, errors.New("\"all\" stands alone")
		}
		return all, nil
	}
	var chosen []lab.Experiment
	for _, name := range names {
		i := slices.IndexFunc(all, func(e lab.Experiment) bool { return e.Name == name })
		if i < 0 {
			var known []string
			for _, e := range all {
				known = append(known, e.Name)
			}
			return nil, fmt.Errorf("there is no experiment %q: use all, or %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// labVersions are the versions that a run records. A build that knows no commit is told from
// others by what it is made of, so that a run does not go on with another build's.
func labVersions(binary string) (map[string]string, error) {
	v := readVersions()
	if v.Commit == "" {
		file, err := os.Open(binary) //nolint:gosec // ourselves
		if err != nil {
			return nil, fmt.Errorf("read this program: %w", err)
		}
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("read this program: %w", err)
		}
		v.Commit = fmt.Sprintf("build %x", sum.Sum(nil)[:4])
	}
	return map[string]string{"isolane": v.Isolane + " " + v.Commit, "v8": v.V8, "nats-server": v.NATSServer, "go": v.Go}, nil
}

// labProgress prints progress, with the time.
func labProgress(to io.Writer) func(string, ...any) {
	return func(format string, args ...any) {
		_, _ = fmt.Fprintf(to, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
	}
}
