package chaos

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

var columns = []string{
	"scenario", "members", "one knows", "all know", "agreed", "runtimes", "dedicated",
	"sent", "ok", "failed", "no reply", "run again", "isolates", "promises",
}

// WriteTable writes what came of the scenarios as a Markdown table, and below it what
// broke.
func WriteTable(w io.Writer, results []Result) error {
	rows := [][]string{columns}
	for _, r := range results {
		rows = append(rows, row(r))
	}
	width := slices.Repeat([]int{len("---")}, len(columns))
	for _, cells := range rows {
		for i, c := range cells {
			width[i] = max(width[i], len(c))
		}
	}
	var b strings.Builder
	line := func(cells []string) {
		for i, c := range cells {
			fmt.Fprintf(&b, "| %-*s ", width[i], c)
		}
		b.WriteString("|\n")
	}
	for i, cells := range rows {
		line(cells)
		if i == 0 {
			rule := make([]string, len(cells))
			for j := range rule {
				rule[j] = "---"
			}
			line(rule)
		}
	}
	for _, r := range results {
		for _, note := range r.Notes {
			fmt.Fprintf(&b, "\n- %s: %s", r.Scenario, note)
		}
		for i, broke := range r.Broken {
			if i == maxShown {
				fmt.Fprintf(&b, "\n- %s: and %d more like these", r.Scenario, len(r.Broken)-i)
				break
			}
			fmt.Fprintf(&b, "\n- %s: BROKEN, %s", r.Scenario, broke)
		}
	}
	_, err := io.WriteString(w, strings.TrimRight(b.String(), "\n")+"\n")
	return err
}

// maxShown bounds the broken promises of one scenario that are printed.
const maxShown = 12

func row(r Result) []string {
	if r.NotRun != "" {
		cells := []string{r.Scenario, strconv.Itoa(r.Nodes)}
		for len(cells) < len(columns)-1 {
			cells = append(cells, "")
		}
		return append(cells, r.Verdict())
	}
	return []string{
		r.Scenario, strconv.Itoa(r.Nodes), seconds(r.First), seconds(r.Detected), seconds(r.Converged), seconds(r.Shares), seconds(r.Solo),
		strconv.Itoa(r.Sent), strconv.Itoa(r.OK), outcomes(r.failures()), strconv.Itoa(r.NoReply), strconv.Itoa(r.Again),
		strconv.Itoa(r.Isolates), r.Verdict(),
	}
}

func seconds(d time.Duration) string {
	if d < 0 {
		return ""
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func outcomes(failed map[string]int) string {
	if len(failed) == 0 {
		return "0"
	}
	var parts []string
	for _, outcome := range slices.Sorted(maps.Keys(failed)) {
		parts = append(parts, fmt.Sprintf("%d %s", failed[outcome], outcome))
	}
	return strings.Join(parts, ", ")
}

// numbers are the promises that are broken, each once.
func numbers(all []Broken) string {
	var seen []string
	for _, b := range all {
		if n := strconv.Itoa(int(b.Promise)); !slices.Contains(seen, n) {
			seen = append(seen, n)
		}
	}
	return strings.Join(seen, ", ")
}
