package isolation

import (
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// The models, from the most that is shared to the least.
const (
	warm      = "warm"
	fresh     = "context"
	dedicated = "dedicated"
	isolate   = "isolate"
	process   = "process"
)

func models() []string { return []string{warm, dedicated, fresh, isolate, process} }

// safety is the point of the matrix.
const safety = "safety"

// Experiment is the experiment.
func Experiment() lab.Experiment {
	return lab.Experiment{
		Name: "isolation", Title: "Isolation models: what each costs, and what each keeps apart",
		Question: "What does a call cost in a process of its own, a fresh isolate, a fresh context, a warm context and an isolate of its function's own; and what can calls see or take of one another?",
		Method: `A node and NATS, each a process, serve N functions that answer with a small sum. Each function is called once, and
then one caller calls functions by chance, so that nothing waits for another call: the time is that from the request on
NATS to the reply. Processor time is that of the serving processes alone, for each call. Memory is what the node holds
when every function was called, above a node without functions. In the model *process* a Go program starts a process for
each call, which makes an isolate, loads the function and answers; its processor time is counted with its children's.

The matrix: a [program](https://github.com/isolane/isolane/tree/main/experiments/isolation/probes) for each row looks, is
called to attack, and looks again: in the same function (*warm*, *context*, *isolate*, *process*), or in another function
of the same node. A cell is what it saw. Node and Deno run the same programs by
[rival.mjs](https://github.com/isolane/isolane/tree/main/experiments/isolation/rival.mjs).`,
		Metrics: []record.Metric{
			{Name: "p50", Unit: "ms", Meaning: "time from request to reply, median"},
			{Name: "p99", Unit: "ms", Meaning: "time from request to reply, 99th percentile", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "first", Unit: "ms", Meaning: "median time of the first call of each function", Tolerance: judge.Tolerance{Relative: 0.4}},
			{Name: "cpu", Unit: "ms", Meaning: "processor time of the serving processes for each call"},
			{Name: "memory", Unit: "MiB", Meaning: "memory that the node holds for its functions, above one without functions", Tolerance: judge.Tolerance{Relative: 0.3, Absolute: 8}},
			{Name: "each", Unit: "MiB", Meaning: "that, for each function", Tolerance: judge.Tolerance{Relative: 0.3, Absolute: 0.05}},
			{Name: "calls", Meaning: "calls that were measured", Tolerance: judge.Tolerance{Relative: 2}},
			{Name: "leaks", Meaning: "probes whose attack another call saw", Tolerance: judge.Tolerance{Absolute: 0.5}},
		},
		Configuration: map[string]string{"runtimes": "2", "callers": "1", "limits": "the node's defaults"},
		Points:        points, Run: run, Charts: charts, Tables: tables, Claims: claims, Length: 270 * time.Second,
	}
}

// sizes are the numbers of functions.
func sizes(s lab.Scale) []int { return lab.Pick(s, []int{1, 30, 1000}, []int{1, 30}, []int{2}) }

func points(s lab.Scale) []lab.Point {
	repeat := lab.Pick(s, 3, 1, 1)
	var list []lab.Point
	for _, model := range models() {
		for i, n := range sizes(s) {
			if model == process && i > 0 {
				continue // it has nothing to do with how many there are
			}
			list = append(list, lab.Point{ID: id(model, n), Params: lab.Params{"model": model, "functions": n}, Repeat: repeat})
		}
	}
	return append(list, lab.Point{ID: safety, Params: lab.Params{"model": safety}, Repeat: lab.Pick(s, 3, 1, 1)})
}

func charts(r *lab.Results) []chart.Chart {
	s := lab.Scale(r.Header.Scale)
	draw := func(name, title, label, unit, metric string) chart.Chart {
		c := chart.Chart{
			Name: name, Title: title, Caption: chart.Spread, X: chart.Axis{Label: "functions", Log: true},
			Y: chart.Axis{Label: label, Unit: unit, Log: true},
		}
		for _, model := range models() {
			var ids []string
			for _, n := range sizes(s) {
				ids = append(ids, id(model, n))
			}
			c.Series = append(c.Series, r.Line(model, metric, ids, func(i int) float64 { return float64(sizes(s)[i]) }))
		}
		return c
	}
	return []chart.Chart{
		draw("latency", "Time from request to reply, median", "time to reply", "ms", "p50"),
		draw("tail", "Time from request to reply, 99th percentile", "time to reply", "ms", "p99"),
		draw("cpu", "Processor time for each call", "processor time", "ms", "cpu"),
		draw("memory", "Memory that functions take", "memory above a node without functions", "MiB", "memory"),
	}
}
