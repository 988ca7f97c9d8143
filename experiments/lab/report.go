package lab

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	unsafe "github.com/yuin/goldmark/renderer/html"

	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// The files of a report.
const (
	ReportMarkdown  = "report.md"
	ReportHTML      = "report.html"
	Recommendations = "recommendations.md"
)

// ErrNoData says that a folder holds no experiment's data.
var ErrNoData = errors.New("lab: no data of an experiment")

// run is an experiment with its data.
type run struct {
	experiment Experiment
	results    *Results
}

// Report draws the charts and pages of every experiment that has data in folder, and writes
// the report on all of them there: Markdown, which refers to the charts, HTML, which holds
// them, and the recommendations, which are put into the file advice: "" is one of folder.
// The error wraps ErrNoData where there is nothing.
func Report(folder, advice string, experiments []Experiment) error {
	var runs []run
	for _, e := range experiments {
		header, list, err := record.ReadFile(filepath.Join(folder, e.Name, DataFile))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		r := NewResults(e, *header, list)
		if err := WritePage(filepath.Join(folder, e.Name), e, r); err != nil {
			return err
		}
		runs = append(runs, run{e, r})
	}
	if len(runs) == 0 {
		return fmt.Errorf("%w in %s: run \"isolane experiment all --out %s\" first", ErrNoData, folder, folder)
	}
	text := reportText(runs)
	page, err := reportHTML(folder, text)
	if err != nil {
		return err
	}
	if advice == "" {
		advice = filepath.Join(folder, Recommendations)
	}
	// One may be named from the root, and the other not.
	from, err := filepath.Abs(filepath.Dir(advice))
	if err != nil {
		return fmt.Errorf("lab: where the advice is: %w", err)
	}
	to, err := filepath.Abs(filepath.Join(folder, ReportMarkdown))
	if err != nil {
		return fmt.Errorf("lab: where the report is: %w", err)
	}
	report, err := filepath.Rel(from, to)
	if err != nil {
		return fmt.Errorf("lab: where the report is, seen from %s: %w", advice, err)
	}
	for path, text := range map[string]string{
		filepath.Join(folder, ReportMarkdown): text, filepath.Join(folder, ReportHTML): page, advice: recommendations(runs, filepath.ToSlash(report)),
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //nolint:gosec // to be read by anyone
			return fmt.Errorf("lab: %w", err)
		}
	}
	return nil
}

const rule = "Every figure is the median of its undisturbed repetitions; in the text its interval stands in brackets, " +
	"and it links to its row. The interval is by ranks, and each of its ends is wrong with a chance of at most 2.5 %; fewer than six repetitions cannot give that, " +
	"and there it is their range: of a single figure with three the chance is 12.5 %, of a ratio of three to three 5 %. A conclusion that is less sure than 95 % says so. " +
	"A repetition is disturbed where the host took more than 5 % of the machine's time, or a calibration loop around it says that something else ran. " +
	"A claim holds, or does not, where the whole interval lies on one side of its bound; where it does not, nothing is concluded. Nothing is either from fewer than three undisturbed repetitions."

func reportText(runs []run) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("# Isolane's laboratory: the report of a run\n\n%s\n\n%s\n\n", machineLine(runs[0].results.Header), rule)
	p("| experiment | question | repetitions | disturbed | claims that hold, do not, stay open |\n| --- | --- | --- | --- | --- |\n")
	for _, r := range runs {
		disturbed := 0
		for _, why := range r.results.Disturbed {
			if why != "" {
				disturbed++
			}
		}
		holds, fails, open := 0, 0, 0
		for _, v := range verdicts(r) {
			switch v.Verdict {
			case judge.Holds:
				holds++
			case judge.Fails:
				fails++
			case judge.Undecided, judge.TooNoisy, judge.Unfit, judge.NotMeasured:
				open++
			}
		}
		p("| [%s](#%s) | %s | %d | %d | %d, %d, %d |\n", r.experiment.Name, r.experiment.Name, r.experiment.Question, len(r.results.Measurements), disturbed, holds, fails, open)
	}
	p("\n## Recommendations\n\n%s", adviceOf(runs, ""))
	for _, r := range runs {
		p("## <a id=\"%s\"></a>%s\n\n", r.experiment.Name, r.experiment.Title)
		if elsewhere(runs[0].results.Header, r.results.Header) {
			p("%s\n\n", machineLine(r.results.Header))
		}
		b.WriteString(section(r.experiment, r.results, r.experiment.Name+"/"))
		p("Raw data: [%s/%s](%s/%s).\n\n", r.experiment.Name, DataFile, r.experiment.Name, DataFile)
	}
	return b.String()
}

// elsewhere reports whether a run was on another day, machine or version than the first, or
// told something else.
func elsewhere(first, h record.Header) bool {
	apart := h.Began.Sub(first.Began).Abs() > 12*time.Hour
	h.Began = first.Began
	return apart || machineLine(h) != machineLine(first)
}

func verdicts(r run) []Verdict {
	if r.experiment.Claims == nil {
		return nil
	}
	var list []Verdict
	for _, c := range r.experiment.Claims(r.results) {
		list = append(list, r.results.Judge(c))
	}
	return list
}

// adviceOf is what follows from all runs, by topic; links go to rows of the report at base.
func adviceOf(runs []run, base string) string {
	var topics []string
	under := map[string][]string{}
	var open []string
	for _, r := range runs {
		for _, v := range verdicts(r) {
			text := strings.ReplaceAll(v.Text, "](#", "]("+base+"#")
			if v.Verdict != judge.Holds && v.Verdict != judge.Fails {
				open = append(open, text)
				continue
			}
			if _, ok := under[v.Claim.Topic]; !ok {
				topics = append(topics, v.Claim.Topic)
			}
			under[v.Claim.Topic] = append(under[v.Claim.Topic], fmt.Sprintf("- %s *Limits: %s*", text, v.Limits()))
		}
	}
	var b strings.Builder
	for _, topic := range topics {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n", topic, strings.Join(under[topic], "\n"))
	}
	if len(open) > 0 {
		fmt.Fprintf(&b, "### What the data do not decide\n\n- %s\n\n", strings.Join(open, "\n- "))
	}
	return b.String()
}

// recommendations is the page of advice alone.
func recommendations(runs []run, report string) string {
	return "# How to run JavaScript runtimes behind NATS: advice with its figures\n\n" +
		"Written by `isolane report` from the data of a run; each figure links to where it was measured, and stands with its 95 % confidence interval, or with the range of its repetitions where they are too few for one. " +
		"Ratios carry over to other machines better than times do.\n\n" + machineLine(runs[0].results.Header) + "\n\n" + apart(runs) + adviceOf(runs, report)
}

// apart names the runs that were elsewhere.
func apart(runs []run) string {
	var names []string
	for _, r := range runs[1:] {
		if elsewhere(runs[0].results.Header, r.results.Header) {
			names = append(names, r.experiment.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "The report says where and when these were measured: " + strings.Join(names, ", ") + ".\n\n"
}

var image = regexp.MustCompile(`src="([a-z0-9-]+/[a-z0-9-]+\.svg)"`)

// reportHTML renders the report, with its images in it.
func reportHTML(folder, text string) (string, error) {
	// The text is ours; what came from elsewhere is escaped in it. Anchors are HTML.
	markdown := goldmark.New(goldmark.WithExtensions(extension.Table), goldmark.WithRendererOptions(unsafe.WithUnsafe()))
	var body bytes.Buffer
	if err := markdown.Convert([]byte(text), &body); err != nil {
		return "", fmt.Errorf("lab: render the report: %w", err)
	}
	var faults []error
	page := image.ReplaceAllStringFunc(body.String(), func(match string) string {
		path := image.FindStringSubmatch(match)[1]
		picture, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(path))) //nolint:gosec // a chart of the report
		faults = append(faults, err)
		return `src="data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString(picture) + `"`
	})
	return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>" +
		html.EscapeString("Isolane's laboratory") + "</title><style>" + styles + "</style></head><body>\n" + page + "</body></html>\n", errors.Join(faults...)
}

const styles = `body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
table{border-collapse:collapse;display:block;overflow-x:auto;font-size:.85rem;margin:1rem 0}th,td{border:1px solid #bbb;padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:#eee}img{max-width:100%;height:auto}code{background:#eee;padding:0 .2em}h2{margin-top:3rem;border-top:1px solid #bbb;padding-top:1rem}
:target{background:#ff9}`
