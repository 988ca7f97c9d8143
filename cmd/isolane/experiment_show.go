//go:build !noserver

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/experiments/catalog"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/record"
)

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
		if errors.Is(err, fs.ErrNotExist) || e.Claims == nil {
			continue // it failed before there were any data, and that was said
		}
		if err != nil {
			return err
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
		points, repetitions := 0, 0
		for _, e := range list {
			_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\n", e.Name, e.Points, e.Repetitions, time.Duration(e.Seconds)*time.Second, e.Question)
			points, repetitions = points+e.Points, repetitions+e.Repetitions
		}
		_, _ = fmt.Fprintf(table, "all\t%d\t%d\t%s\t\n", points, repetitions, lengthOf(catalog.Experiments()))
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
