package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/isolane/isolane/tools/benchpeers/internal/verdict"
)

// print writes the result as Markdown.
func (r *result) print(to io.Writer) error {
	var b strings.Builder
	r.head(&b)
	r.targets(&b)
	for _, l := range everyLoad() {
		if slices.ContainsFunc(r.Cells, func(c *cell) bool { return c.Load == l.name }) {
			r.table(&b, l)
		}
	}
	r.starts(&b)
	r.machine(&b)
	_, err := io.WriteString(to, b.String())
	return err
}

func (r *result) head(b *strings.Builder) {
	fmt.Fprintf(b, "%s, %s on %d processors, %s. %d rounds of %s for each peer and load, in turn; the run took %s.\n",
		r.Began.UTC().Format("2006-01-02 15:04"), r.Machine.CPU, r.Machine.Processors, r.Machine.Go, r.Rounds, r.Each, r.Took.Round(time.Second))
	var versions []string
	for _, name := range slices.Sorted(maps.Keys(r.Versions)) {
		versions = append(versions, name+" "+r.Versions[name])
	}
	fmt.Fprintf(b, "%s.\n\n", strings.Join(versions, ", "))
}

// nameOf is how a peer is called in a table.
func nameOf(key string) string {
	for _, p := range everyPeer() {
		if p.key == key {
			return p.name
		}
	}
	return key
}

func (r *result) targets(b *strings.Builder) {
	b.WriteString("| Isolane | beside | load | CPU, ratio (quarters) | target | verdict |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, j := range r.Verdicts {
		ratio, word := fmt.Sprintf("%.2f (%.2f to %.2f)", j.Ratio.Median, j.Ratio.Low, j.Ratio.High), string(j.Word)
		if j.Unknown != "" {
			ratio, word = "–", j.Unknown
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %.2f | %s |\n", strings.TrimPrefix(nameOf(j.Ours), "Isolane, "), nameOf(j.Theirs), j.Load, ratio, j.AtMost, word)
	}
	b.WriteString("\n")
}

func (r *result) table(b *strings.Builder, l load) {
	fmt.Fprintf(b, "%s (`%s`):\n\n", l.title, l.name)
	b.WriteString("| served by | isolates | calls/s | p50 | p99 | CPU s for 1,000 (least to most) | of Go's | memory, MB |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	base := r.find(everyPeer()[0].key, l.name)
	for _, p := range everyPeer() {
		c := r.find(p.key, l.name)
		why := r.Missing[p.key]
		if c != nil && c.Failed != "" {
			why = "failed: " + c.Failed
		}
		if p.each && !l.all || c == nil && why == "" {
			continue
		}
		fmt.Fprintf(b, "| %s | %s | ", p.name, p.isolates)
		if why != "" {
			fmt.Fprintf(b, "%s | | | | | |\n", plain(why))
			continue
		}
		cost, ratio := c.spread(cpu), "–"
		if base != nil {
			if of, err := verdict.Ratio(c.rounds(cpu), base.rounds(cpu)); err == nil {
				ratio = fmt.Sprintf("%.2f", of.Median)
			}
		}
		fmt.Fprintf(b, "%.0f | %s | %s | %s (%s to %s) | %s | %.0f |\n", c.spread(rate).Median, micros(c.spread(p50).Median), micros(c.spread(p99).Median),
			digits(cost.Median), digits(cost.Least), digits(cost.Most), ratio, c.spread(peak).Median/1e6)
	}
	b.WriteString("\n")
}

func (r *result) starts(b *strings.Builder) {
	if len(r.Colds) == 0 {
		return
	}
	b.WriteString("| start | process to first reply | first call of a function |\n| --- | --- | --- |\n")
	for _, p := range everyPeer() {
		var replies, firsts []float64
		for _, c := range r.Colds[p.key] {
			replies = append(replies, float64(c.Reply.Microseconds()))
			firsts = append(firsts, float64(c.First.Microseconds()))
		}
		if len(replies) > 0 {
			fmt.Fprintf(b, "| %s | %s | %s |\n", p.name, micros(verdict.Of(replies).Median), micros(verdict.Of(firsts).Median))
		} else if why := r.Missing[p.key]; why != "" {
			fmt.Fprintf(b, "| %s | %s | |\n", p.name, plain(why))
		}
	}
	b.WriteString("\n")
}

// full is the part of the machine that is called all of it.
const full = 0.9

// machine says what may be the machine's doing, or the generator's.
func (r *result) machine(b *strings.Builder) {
	samples, filled, most := 0, 0, 0.0
	limits := map[string]int{}
	for _, c := range r.Cells {
		for _, s := range c.Samples {
			samples++
			sum := 0.0
			for _, cores := range s.Cores {
				sum += cores
			}
			if sum > full*float64(r.Machine.Processors) {
				filled++
			}
			most = max(most, s.Cores["client"])
			for _, limit := range s.Limits {
				limits[limit]++
			}
		}
	}
	fmt.Fprintf(b, "Serving process, client, NATS and pages kept more than %.0f %% of the machine busy in %d of %d rounds: "+
		"there calls/s and latencies are those of the machine with all four on it. The client used at most %.2f processors. "+
		"The host gave %.1f %% of the time to others. Fixed work took %.1f ms before and %.1f ms after (%+.0f %%), spread %.0f %%.\n",
		full*100, filled, samples, most, 100*r.Steal, r.Before.Median.Seconds()*1000, r.After.Median.Seconds()*1000,
		100*r.Before.Drift(r.After), 100*max(r.Before.Spread, r.After.Spread))
	for _, limit := range slices.Sorted(maps.Keys(limits)) {
		fmt.Fprintf(b, "In %d rounds: %s.\n", limits[limit], limit)
	}
}

// plain fits a text into a cell of a table.
func plain(text string) string {
	text = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", "/")
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return text
}

// micros is a time in microseconds, to three digits.
func micros(us float64) string {
	switch {
	case us >= 10_000:
		return fmt.Sprintf("%.0f ms", us/1000)
	case us >= 1000:
		return fmt.Sprintf("%.1f ms", us/1000)
	default:
		return fmt.Sprintf("%.0f us", us)
	}
}

// digits is a number of seconds, to three digits.
func digits(seconds float64) string {
	switch {
	case seconds >= 10:
		return fmt.Sprintf("%.1f", seconds)
	case seconds >= 1:
		return fmt.Sprintf("%.2f", seconds)
	default:
		return fmt.Sprintf("%.4f", seconds)
	}
}
