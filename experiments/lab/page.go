package lab

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// PageFile is the page of an experiment, in its folder.
const PageFile = "page.md"

// WritePage draws the charts and writes the page of a run into folder.
func WritePage(folder string, e Experiment, r *Results) error {
	var faults []error
	if e.Charts != nil {
		for _, c := range e.Charts(r) {
			if !c.Empty() {
				faults = append(faults, c.Write(folder))
			}
		}
	}
	text := "# " + e.Title + "\n\n" + machineLine(r.Header) + "\n\n" + section(e, r, "")
	faults = append(faults, os.WriteFile(filepath.Join(folder, PageFile), []byte(text), 0o644)) //nolint:gosec // to be read by anyone
	return errors.Join(faults...)
}

// section is what a page or a report says of an experiment, below its heading; images are
// at the path.
func section(e Experiment, r *Results, images string) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("**%s**\n\n", e.Question)
	if r.Header.Scale != string(Full) {
		p("*This is a %s run. It shows that the machinery holds; its numbers prove nothing.*\n\n", r.Header.Scale)
	}
	if e.Method != "" {
		p("%s\n\n", strings.TrimSpace(e.Method))
	}
	if len(r.Header.Configuration) > 0 {
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(r.Header.Configuration)) {
			parts = append(parts, key+": "+escape(r.Header.Configuration[key]))
		}
		p("Configuration: %s.\n\n", strings.Join(parts, "; "))
	}
	if e.Claims != nil {
		p("### What follows\n\n")
		for _, c := range e.Claims(r) {
			v := r.Judge(c)
			p("- %s", v.Text)
			if v.Verdict == judge.Holds || v.Verdict == judge.Fails {
				p(" *Limits: %s*", v.Limits())
			}
			p("\n")
		}
		p("\n")
	}
	if e.Charts != nil {
		for _, c := range e.Charts(r) {
			if !c.Empty() {
				p("![%s](%s%s.svg)\n\n", escape(c.Title), images, c.Name)
				caption := c.Caption
				if c.Doubtful() {
					caption = strings.TrimSpace(caption + " Grey: all repetitions were disturbed, about where it is.")
				}
				if caption != "" {
					p("*%s*\n\n", caption)
				}
			}
		}
	}
	if e.Tables != nil {
		for _, t := range e.Tables(r) {
			table(&b, t)
		}
	}
	figures(&b, r)
	quality(&b, r)
	return b.String()
}

func table(b *strings.Builder, t Table) {
	if t.Title != "" {
		fmt.Fprintf(b, "### %s\n\n", t.Title)
	}
	fmt.Fprintf(b, "| %s |\n|%s\n", strings.Join(t.Header, " | "), strings.Repeat(" --- |", len(t.Header)))
	for _, row := range t.Rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
	}
	b.WriteString("\n")
	if t.Note != "" {
		fmt.Fprintf(b, "%s\n\n", t.Note)
	}
}

// figures is the table of all figures; its rows are what claims link to.
func figures(b *strings.Builder, r *Results) {
	t := Table{Title: "The figures", Header: []string{"point", "repetitions"}}
	var metrics []record.Metric
	for _, m := range r.Header.Metrics {
		for _, point := range r.Points() {
			if _, ok := r.Estimate(point, m.Name); ok {
				metrics = append(metrics, m)
				break
			}
		}
	}
	if len(metrics) == 0 {
		return
	}
	for _, m := range metrics {
		head := "`" + m.Name + "`"
		if m.Unit != "" {
			head += ", " + m.Unit
		}
		t.Header = append(t.Header, head)
	}
	for _, point := range r.Points() {
		row := []string{fmt.Sprintf(`<a id="%s"></a>%s`, anchor(r.Header.Experiment, point), point), fmt.Sprintf("%d of %d", len(r.Good(point)), len(r.All(point)))}
		if len(r.All(point)) == 0 {
			row[1] = "computed"
		}
		some := false
		for _, m := range metrics {
			e, ok := r.Estimate(point, m.Name)
			some = some || ok
			text := cell(e, ok)
			if ok && len(e.Values) == 0 {
				text = r.doubtful(point, m.Name)
			}
			row = append(row, text)
		}
		if some {
			t.Rows = append(t.Rows, row)
		}
	}
	var meanings []string
	for _, m := range metrics {
		meanings = append(meanings, fmt.Sprintf("`%s`: %s", m.Name, m.Meaning))
	}
	t.Note = "Medians of the undisturbed repetitions, with their range; *noisy* where the interval is wider than it should be, *too few* where nothing follows from a figure, *disturbed* where every repetition was. " + strings.Join(meanings, "; ") + "."
	table(b, t)
}

// doubtful is the cell of a figure that has disturbed repetitions alone: their median, which
// says about where it is and bears nothing.
func (r *Results) doubtful(point, metric string) string {
	return digits(judge.Median(r.anyhow(point, metric))) + " *disturbed*"
}

func cell(e judge.Estimate, ok bool) string {
	if !ok {
		return ""
	}
	text := digits(e.Median)
	if digits(e.Min) != digits(e.Max) {
		text += fmt.Sprintf(" (%s–%s)", digits(e.Min), digits(e.Max))
	}
	switch {
	case e.Unfit != "":
		text += " *too few*"
	case e.Noisy != "":
		text += " *noisy*"
	}
	return text
}

// quality says what was disturbed, what failed, and what is to be known of single points.
func quality(b *strings.Builder, r *Results) {
	disturbed, failed, notes := []string{}, []string{}, []string{}
	for i, m := range r.Measurements {
		name := fmt.Sprintf("%s, repetition %d", m.Point, m.Repetition)
		if r.Disturbed[i] != "" {
			disturbed = append(disturbed, name+": "+r.Disturbed[i])
		}
		if m.Error != "" {
			failed = append(failed, name+": "+escape(m.Error))
		}
		for _, note := range m.Notes {
			if line := m.Point + ": " + escape(note); !slices.Contains(notes, line) {
				notes = append(notes, line)
			}
		}
	}
	fmt.Fprintf(b, "%d repetitions were measured; %d of them were disturbed, %d failed.\n\n", len(r.Measurements), len(disturbed), len(failed))
	left := "Disturbed, and left out of the figures"
	if r.small() {
		left = "Disturbed, and in the figures all the same, since nothing rests on them"
	}
	for _, part := range []struct {
		title string
		lines []string
	}{{left, disturbed}, {"Failed", failed}, {"Notes", notes}} {
		if len(part.lines) == 0 {
			continue
		}
		fmt.Fprintf(b, "%s:\n\n", part.title)
		for i, line := range part.lines {
			if i == 30 {
				fmt.Fprintf(b, "- and %d more, in the raw data\n", len(part.lines)-i)
				break
			}
			fmt.Fprintf(b, "- %s\n", line)
		}
		b.WriteString("\n")
	}
}

// machineLine says where and when a run was.
func machineLine(h record.Header) string {
	m := h.Machine
	var versions []string
	for _, key := range slices.Sorted(maps.Keys(h.Versions)) {
		versions = append(versions, key+" "+escape(h.Versions[key]))
	}
	return fmt.Sprintf("Measured on %s: %d processors (%s), %s of memory, %s %s, Linux %s; %s. Seed %d, scale %s.",
		h.Began.Format("2006-01-02 15:04 MST"), m.Processors, escape(m.CPU), humanize.IBytes(m.Memory), m.OS, m.Arch, escape(m.Kernel),
		strings.Join(versions, ", "), h.Seed, h.Scale)
}

// escape makes text plain in Markdown and HTML.
func escape(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "\\|", "*", "\\*", "_", "\\_", "`", "\\`", "[", "\\[", "]", "\\]").Replace(text)
}
