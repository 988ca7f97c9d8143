package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// Results are the data of one run of an experiment, with what the rule says of them.
type Results struct {
	Header record.Header
	// Measurements are all repetitions, in the order in which they were measured, failed
	// and disturbed ones too.
	Measurements []record.Measurement
	// Disturbed says for each of them what disturbed it, or "".
	Disturbed []string

	derived map[figureKey]judge.Estimate
	order   []string // points that are derived, in the order in which they came
}

type figureKey struct{ point, metric string }

// NewResults judges the data, and has the experiment derive what it computes from them.
func NewResults(e Experiment, header record.Header, list []record.Measurement) *Results {
	circumstances := make([]judge.Circumstances, len(list))
	for i := range list {
		circumstances[i] = list[i].Circumstances()
	}
	r := &Results{Header: header, Measurements: list, Disturbed: judge.Disturbed(circumstances), derived: map[figureKey]judge.Estimate{}}
	if e.Derive != nil {
		e.Derive(r)
	}
	return r
}

// Metric is the metric of a name; false where there is none.
func (r *Results) Metric(name string) (record.Metric, bool) {
	i := slices.IndexFunc(r.Header.Metrics, func(m record.Metric) bool { return m.Name == name })
	if i < 0 {
		return record.Metric{}, false
	}
	return r.Header.Metrics[i], true
}

// small reports whether it is a run that shows no more than that the machinery holds: nothing
// is concluded from it, and so disturbed repetitions are not left out.
func (r *Results) small() bool {
	return r.Header.Scale == string(Quick) || r.Header.Scale == string(Smoke)
}

// Good are the repetitions of a point that succeeded and were not disturbed; of a small run
// disturbed ones too.
func (r *Results) Good(point string) []record.Measurement {
	var good []record.Measurement
	for i, m := range r.Measurements {
		if m.Point == point && m.Error == "" && (r.Disturbed[i] == "" || r.small()) {
			good = append(good, m)
		}
	}
	return good
}

// All are the repetitions of a point that succeeded, disturbed or not. Cells and what shows
// that something happened come from them; figures come from Good.
func (r *Results) All(point string) []record.Measurement {
	var all []record.Measurement
	for _, m := range r.Measurements {
		if m.Point == point && m.Error == "" {
			all = append(all, m)
		}
	}
	return all
}

// Values are the values of a metric in the good repetitions of a point.
func (r *Results) Values(point, metric string) []float64 {
	var values []float64
	for _, m := range r.Good(point) {
		if v, ok := m.Metrics[metric]; ok {
			values = append(values, v)
		}
	}
	return values
}

// Estimate is what the run says of a figure; false where it was not measured at all.
func (r *Results) Estimate(point, metric string) (judge.Estimate, bool) {
	if e, ok := r.derived[figureKey{point, metric}]; ok {
		return e, true
	}
	measured := slices.ContainsFunc(r.Measurements, func(m record.Measurement) bool {
		_, ok := m.Metrics[metric]
		return m.Point == point && ok
	})
	if !measured {
		return judge.Estimate{}, false
	}
	m, _ := r.Metric(metric)
	return judge.Of(r.Values(point, metric), m.Tolerance), true
}

// Tell is a figure as tables of an experiment's own show it: its median with the unit, what
// disturbed repetitions alone say, or that it was not measured.
func (r *Results) Tell(point, metric string) string {
	e, ok := r.Estimate(point, metric)
	m, _ := r.Metric(metric)
	switch {
	case !ok:
		return "not measured"
	case len(e.Values) == 0:
		return Show(judge.Median(r.anyhow(point, metric)), m.Unit) + " *disturbed*"
	default:
		return Show(e.Median, m.Unit)
	}
}

// Add adds a figure that was computed from others, for Experiment.Derive.
func (r *Results) Add(point, metric string, e judge.Estimate) {
	r.derived[figureKey{point, metric}] = e
	if !slices.Contains(r.order, point) && !slices.Contains(r.Header.Points, point) {
		r.order = append(r.order, point)
	}
}

// Points are the points of the run, measured or not, and those that were derived.
func (r *Results) Points() []string { return append(slices.Clone(r.Header.Points), r.order...) }

// anyhow are the values of a metric in all repetitions of a point that succeeded, disturbed
// or not: they say about where a figure is, and bear nothing.
func (r *Results) anyhow(point, metric string) []float64 {
	var values []float64
	for _, m := range r.All(point) {
		if v, ok := m.Metrics[metric]; ok {
			values = append(values, v)
		}
	}
	return values
}

// Line makes a series of a chart from a metric at points, where x says at which value of
// the axis each is. A point whose repetitions were all disturbed is drawn as doubtful.
func (r *Results) Line(name, metric string, points []string, x func(i int) float64) chart.Series {
	s := chart.Series{Name: name}
	for i, point := range points {
		e, ok := r.Estimate(point, metric)
		if ok && len(e.Values) > 0 {
			s.Points = append(s.Points, chart.Point{X: x(i), Y: e.Median, Low: e.Min, High: e.Max})
			continue
		}
		if all := r.anyhow(point, metric); len(all) > 0 {
			s.Points = append(s.Points, chart.Point{X: x(i), Y: judge.Median(all), Low: slices.Min(all), High: slices.Max(all), Doubtful: true})
		}
	}
	return s
}

// Across is Line over categories: the i-th point is at i.
func (r *Results) Across(name, metric string, points []string) chart.Series {
	return r.Line(name, metric, points, func(i int) float64 { return float64(i) })
}

// Show is a figure with its unit.
func Show(value float64, unit string) string {
	text := digits(value)
	switch unit {
	case "":
		return text
	case "%":
		return text + " %"
	default:
		return text + " " + unit
	}
}

// digits has three significant digits, and no more zeros than it needs.
func digits(v float64) string {
	if v == 0 {
		return "0"
	}
	text := fmt.Sprintf("%.3g", v)
	if strings.ContainsAny(text, "e") {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return text
		}
		if f >= 1e3 && f < 1e15 || f <= -1e3 {
			return grouped(strconv.FormatFloat(f, 'f', 0, 64))
		}
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return text
}

// grouped puts commas between thousands.
func grouped(text string) string {
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
