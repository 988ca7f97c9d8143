//go:build !noserver

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/experiments/catalog"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/record"
)

// labFolder is where experiments write when nothing else is said.
const labFolder = "isolane-lab"

// experimentFlags are experiment's own.
type experimentFlags struct {
	quick, json, logs bool
	out, scale        string
	seed              uint64
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

Ctrl-C keeps what was measured, and the same command goes on. A folder that holds the data
of another run is not touched.`,
		Example: `  isolane experiment ls
  isolane experiment all --out lab && isolane report lab
  isolane experiment io --quick`,
		Args: cobra.MinimumNArgs(1),
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.quick, "quick", false, "small: shows that the machinery holds, and proves nothing")
	flags.StringVar(&f.out, "out", labFolder, "`DIR` for the results")
	flags.Uint64Var(&f.seed, "seed", 1, "decides the order of what is measured, and the chance in it")
	flags.BoolVar(&f.json, "json", false, "print what came of it as JSON")
	flags.BoolVar(&f.logs, "logs", false, "show what the nodes log")
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
	cfg := lab.RunConfig{Folder: f.out, Scale: lab.Full, Seed: f.seed, Versions: labVersions(), Environ: std.environ, Say: labProgress(std.err)}
	line := newMoving(std, f.json || f.logs) // the nodes' lines would break it
	defer line.close()
	say := cfg.Say
	cfg.Say = func(format string, args ...any) { line.aside(func() { say(format, args...) }) }
	if f.quick {
		cfg.Scale = lab.Quick
	}
	if f.scale != "" {
		cfg.Scale = lab.Scale(f.scale)
	}
	if !slices.Contains([]lab.Scale{lab.Full, lab.Quick, lab.Smoke}, cfg.Scale) {
		return &usageError{err: fmt.Errorf("--scale %q: use full, quick or smoke", f.scale)}
	}
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	cfg.Isolane = []string{binary}
	if f.logs {
		cfg.Log = std.err
	}
	var failed error
	for _, e := range chosen {
		began := time.Now()
		cfg.At = func(done, total int) { line.at(done, total, "%s, %d of %d", e.Name, done+1, total) }
		err := lab.Run(cmd.Context(), e, cfg)
		switch {
		case errors.Is(err, record.ErrOther):
			return &usageError{err: err}
		case errors.Is(err, lab.ErrFailed):
			failed = errors.Join(failed, err)
		case err != nil:
			return err
		}
		cfg.Say("%s: done after %s, see %s", e.Name, time.Since(began).Round(time.Second), filepath.Join(f.out, e.Name, lab.PageFile))
	}
	line.close()
	if err := printVerdicts(std, f, chosen); err != nil {
		return err
	}
	return failed
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

// labVersions are the versions that a run records.
func labVersions() map[string]string {
	v := readVersions()
	return map[string]string{"isolane": strings.TrimSpace(v.Isolane + " " + v.Commit), "v8": v.V8, "nats-server": v.NATSServer, "go": v.Go}
}

// labProgress prints progress, with the time.
func labProgress(to io.Writer) func(string, ...any) {
	return func(format string, args ...any) {
		_, _ = fmt.Fprintf(to, "%s %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
	}
}

// verdict is what --json prints for each claim.
type verdict struct {
	Experiment string `json:"experiment"`
	Claim      string `json:"claim"`
	Verdict    string `json:"verdict"`
	Text       string `json:"text"`
}

// printVerdicts says what follows from the data.
func printVerdicts(std streams, f experimentFlags, chosen []lab.Experiment) error {
	list := []verdict{}
	for _, e := range chosen {
		header, data, err := record.ReadFile(filepath.Join(f.out, e.Name, lab.DataFile))
		if err != nil {
			return err
		}
		if e.Claims == nil {
			continue
		}
		r := lab.NewResults(e, *header, data)
		for _, c := range e.Claims(r) {
			v := r.Judge(c)
			list = append(list, verdict{e.Name, c.Name, string(v.Verdict), v.Text})
		}
	}
	if f.json {
		text, err := json.MarshalIndent(list, "", "  ")
		if err != nil {
			return fmt.Errorf("encode the verdicts: %w", err)
		}
		_, err = fmt.Fprintln(std.out, string(text))
		return err
	}
	table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	for _, v := range list {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", v.Experiment, v.Claim, v.Verdict)
	}
	return table.Flush()
}

func newExperimentLs(std streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "ls", Short: "List the experiments, with their questions", Args: cobra.NoArgs}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.RunE = func(*cobra.Command, []string) error {
		type entry struct {
			Name     string `json:"name"`
			Question string `json:"question"`
			// Points and Repetitions are those of a full run, Seconds about how long it takes.
			Points      int `json:"points"`
			Repetitions int `json:"repetitions"`
			Seconds     int `json:"seconds"`
		}
		list := []entry{}
		for _, e := range catalog.Experiments() {
			row := entry{Name: e.Name, Question: e.Question, Seconds: int(e.Length.Seconds())}
			for _, p := range e.Points(lab.Full) {
				row.Points++
				row.Repetitions += p.Repeat
			}
			list = append(list, row)
		}
		if asJSON {
			text, err := json.Marshal(list)
			if err != nil {
				return fmt.Errorf("encode the list: %w", err)
			}
			_, err = fmt.Fprintln(std.out, string(text))
			return err
		}
		table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "NAME\tPOINTS\tREPETITIONS\tABOUT\tQUESTION")
		for _, e := range list {
			_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", e.Name, e.Points, e.Repetitions, time.Duration(e.Seconds)*time.Second, e.Question)
		}
		return table.Flush()
	}
	return cmd
}

// newExperimentPart is what the laboratory starts of itself.
func newExperimentPart(std streams) *cobra.Command {
	return &cobra.Command{
		Use: "part NAME", Hidden: true, DisableFlagParsing: true, Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, p := range catalog.Parts() {
				if p.Name == args[0] {
					return p.Run(cmd.Context(), args[1:], std.out, std.err)
				}
			}
			return &usageError{err: fmt.Errorf("the laboratory has no part %q", args[0])}
		},
	}
}

func newReport(std streams) *cobra.Command {
	var advice string
	cmd := &cobra.Command{
		Use:   "report DIR",
		Short: "Make one report of the experiments in a folder",
		Long: `Make one report of the experiments whose data are in the folder: report.html, which is
one file with everything in it, report.md, and recommendations.md. Nothing is measured:
charts and pages are drawn anew from the raw data.`,
		Args: cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&advice, "advice", "", "`FILE` of the recommendations (default: recommendations.md in DIR)")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		err := lab.Report(args[0], advice, catalog.Experiments())
		if errors.Is(err, lab.ErrNoData) {
			return &usageError{err: err}
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(std.out, filepath.Join(args[0], lab.ReportHTML))
		return err
	}
	return cmd
}
