package loadgen

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dustin/go-humanize"
)

// String says what load a step is: "500/s for 10s", "16 callers for 10s".
func (s Step) String() string {
	if s.Rate > 0 {
		return fmt.Sprintf("%s/s for %s", humanize.Ftoa(s.Rate), s.Duration)
	}
	return fmt.Sprintf("%d callers for %s", s.Callers, s.Duration)
}

// Table prints a result to read.
func (r *Result) Table(to io.Writer) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "load\tok/s\tok\tother\tp50\tp90\tp99\tp99.9\tmax\t")
	for _, s := range r.Steps {
		var all uint64
		for _, n := range s.Ends {
			all += n
		}
		load := fmt.Sprintf("%d callers", s.Step.Callers)
		if s.Step.Rate > 0 {
			load = humanize.Ftoa(s.Step.Rate) + "/s"
		}
		_, _ = fmt.Fprintf(table, "%s\t%.1f\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t\n", load, s.Rate, s.Ends[EndOK], all-s.Ends[EndOK],
			shown(s.Latency.P50), shown(s.Latency.P90), shown(s.Latency.P99), shown(s.Latency.P999), shown(s.Latency.Max))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("loadgen: print: %w", err)
	}
	var b strings.Builder
	for i, s := range r.Steps {
		var others []string
		for _, how := range slices.Sorted(maps.Keys(s.Ends)) {
			if how == EndOK {
				continue
			}
			text := fmt.Sprintf("%s %d", how, s.Ends[how])
			if d := s.Others[how]; d.Count > 0 {
				text += fmt.Sprintf(" (p50 %s, p99 %s)", shown(d.P50), shown(d.P99))
			}
			if why := s.Why[how]; why != "" {
				text += ": " + why
			}
			others = append(others, text)
		}
		if len(others) > 0 {
			fmt.Fprintf(&b, "step %d: %s\n", i+1, strings.Join(others, ", "))
		}
		for _, limit := range s.Limits {
			fmt.Fprintf(&b, "step %d: %s\n", i+1, limit)
		}
	}
	if r.closed() {
		b.WriteString("a closed loop asks a slow server less: its latencies are not those of users who come anyway\n")
	}
	if _, err := io.WriteString(to, b.String()); err != nil {
		return fmt.Errorf("loadgen: print: %w", err)
	}
	return nil
}

func (r *Result) closed() bool {
	return slices.ContainsFunc(r.Steps, func(s StepResult) bool { return s.Step.Callers > 0 })
}

// Table prints a comparison to read.
func (c *Comparison) Table(to io.Writer) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "step\tfigure\told\tnew\tratio\tp\t")
	for _, d := range c.Differences {
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s %s\t%s %s\t%.3f\t%.4f\t%s\n", d.Step, d.Figure,
			humanize.FtoaWithDigits(d.Old, 1), d.Unit, humanize.FtoaWithDigits(d.New, 1), d.Unit, d.Ratio, d.P, d.Verdict)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("loadgen: print: %w", err)
	}
	for _, note := range c.Notes {
		if _, err := fmt.Fprintln(to, note); err != nil {
			return fmt.Errorf("loadgen: print: %w", err)
		}
	}
	return nil
}

// shown is a time in microseconds, to three digits.
func shown(us int64) string {
	d := time.Duration(us) * time.Microsecond
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	default:
		return d.String()
	}
}
