package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// table is the figures as Markdown, a row for each size.
func table(results []result) string {
	var b strings.Builder
	row := func(cells ...string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	fmt.Fprintf(&b, "%d processors, %s, one process for all members.\n\n", runtime.GOMAXPROCS(0), runtime.Version())
	b.WriteString("For each member and second, when every load changes all the time:\n\n")
	row("members", "stretched", "a report every", "packets", "kB in packets", "kB in one exchange of states", "a second", "age of a load report, median", "99 %", "never heard", "packets lost to a full queue", "processors busy")
	row(strings.Split(strings.Repeat("--- ", 12), " ")[:12]...)
	for _, r := range results {
		row(fmt.Sprint(r.Members), factor(r.Stretch), seconds(reportEvery(r.Members)), figure(r.Packets), figure(r.PacketBytes/1e3), figure(r.StateBytes/1e3), figure(r.stateRate()/1e3),
			seconds(r.AgeMedian), seconds(r.AgeHigh), fmt.Sprint(r.Unheard), percent(r.Overrun), percent(r.Busy))
	}
	b.WriteString("\nDeaths: members that die at once, without a word:\n\n")
	row("members", "die", "first survivor knows of one", "all know of all", "wrongly taken for dead", "runtimes moved", "of", "identities moved", "of", "processors busy")
	row(strings.Split(strings.Repeat("--- ", 10), " ")[:10]...)
	for _, r := range results {
		before := r.Members
		for _, d := range []death{r.One, r.Tenth} {
			row(fmt.Sprint(before), fmt.Sprint(d.Dead), seconds(d.First), seconds(d.All), fmt.Sprint(d.Wrongly),
				fmt.Sprint(d.Runtimes), fmt.Sprint(perMember*before), fmt.Sprint(d.Identities), fmt.Sprint(identities), percent(d.Busy))
			before -= d.Dead
		}
	}
	return b.String()
}

func figure(x float64) string        { return fmt.Sprintf("%.3g", x) }
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
func percent(x float64) string       { return fmt.Sprintf("%.0f %%", 100*x) }
func factor(x float64) string        { return fmt.Sprintf("%g times", x) }

const (
	begin = "<!-- make sim: begin -->\n"
	end   = "<!-- make sim: end -->\n"
)

// replace puts text between the two marks of a file, and leaves the rest.
func replace(file, text string) error {
	old, err := os.ReadFile(file) //nolint:gosec // the operator's choice
	if err != nil {
		return fmt.Errorf("the table goes into a file with marks: %w", err)
	}
	before, rest, ok := bytes.Cut(old, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed {
		return fmt.Errorf("%s has no lines %q and %q", file, strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	text = string(before) + begin + "\n" + text + "\n" + end + string(after)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // documentation
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}
