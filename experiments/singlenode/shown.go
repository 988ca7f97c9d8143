package singlenode

import (
	"fmt"
	"slices"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// Experiment is the experiment.
func Experiment() lab.Experiment {
	wide := judge.Tolerance{Relative: 0.6}
	return lab.Experiment{
		Name: "single-node", Title: "The load that one node takes",
		Question: "At which rate does message handling on NATS break on one node, what shows it first, what is saturated, and what becomes of it beyond that and after?",
		Method: fmt.Sprintf(`The ten functions of the workload, five that compute and five that fetch a page which takes 0 to 100 ms from a server of
the laboratory's own, each as often as the others. The load is open, with independent arrivals; its latency counts from the time
at which a message was to be sent. The rate rises by a quarter from step to step. A step is *beyond the knee* where, twice in a row, more than %.1f %% of
the calls did not end well, the 99th percentile is over %d ms, more than %.0f %% of the step's messages wait in the stream when it ends, or
one is delivered again; the knee is the last step before. The node is pinned to one half of the processors; NATS, the pages and the load generator, each a process, to the other.
Then come one and a half times and twice the knee, and half of it until a step is well again.
With *stream* the messages are published to a JetStream stream, and the latency is that of the publish.`, 100*badBound, latencyBound, 100*pendingBound),
		Metrics: []record.Metric{
			{Name: "knee", Unit: "calls/s", Meaning: "the rate of the last step before it breaks", Tolerance: judge.Tolerance{Relative: 0.3}},
			{Name: "knee-p50", Unit: "ms", Meaning: "time to reply there, median", Tolerance: wide},
			{Name: "knee-p99", Unit: "ms", Meaning: "time to reply there, 99th percentile", Tolerance: wide},
			{Name: "knee-node", Unit: "processors", Meaning: "what the node keeps busy there", Tolerance: judge.Tolerance{Relative: 0.3}},
			{Name: "knee-nats", Unit: "processors", Meaning: "what NATS keeps busy there", Tolerance: judge.Tolerance{Relative: 0.4}},
			{Name: "knee-client", Unit: "processors", Meaning: "what the load generator keeps busy there", Tolerance: judge.Tolerance{Relative: 0.4}},
			{Name: "over-15-served", Unit: "%", Meaning: "what ends well at one and a half times the knee, of the knee", Tolerance: judge.Tolerance{Relative: 0.4}},
			{Name: "over-15-p99", Unit: "ms", Meaning: "time to reply then, 99th percentile", Tolerance: wide},
			{Name: "over-15-bad", Unit: "%", Meaning: "calls that do not end well then", Tolerance: judge.Tolerance{Absolute: 25}},
			{Name: "over-20-served", Unit: "%", Meaning: "what ends well at twice the knee, of the knee", Tolerance: judge.Tolerance{Relative: 0.4}},
			{Name: "over-20-p99", Unit: "ms", Meaning: "time to reply then, 99th percentile", Tolerance: wide},
			{Name: "over-20-bad", Unit: "%", Meaning: "calls that do not end well then", Tolerance: judge.Tolerance{Absolute: 25}},
			{Name: "recovery", Unit: "ms", Meaning: "from the end of twice the knee until a step with half of it began that was well; 30,000 where none was", Tolerance: judge.Tolerance{Relative: 1, Absolute: 1500}},
		},
		Configuration: map[string]string{"functions": "10 of experiments/workload", "node": "its defaults"},
		Points:        points, Run: run, Charts: charts, Tables: tables, Claims: claims, Length: 390 * time.Second,
	}
}

// curve is a series of all repetitions of a point, taken together: the median at each x.
func curve(r *lab.Results, point, name, as string) chart.Series {
	at := map[float64][]float64{}
	for _, m := range r.All(point) {
		for _, s := range m.Series {
			for _, p := range s.Points {
				if s.Name == name {
					at[p[0]] = append(at[p[0]], p[1])
				}
			}
		}
	}
	out := chart.Series{Name: as}
	for x, ys := range at {
		out.Points = append(out.Points, chart.Point{X: x, Y: judge.Median(ys), Low: slices.Min(ys), High: slices.Max(ys)})
	}
	return out
}

func charts(r *lab.Results) []chart.Chart {
	x := chart.Axis{Label: "calls sent", Unit: "1/s", Log: true}
	var marks []chart.Mark
	if e, ok := r.Estimate(core, "knee"); ok && len(e.Values) > 0 {
		marks = []chart.Mark{{At: e.Median, Label: "knee"}}
	}
	return []chart.Chart{
		{
			Name: "latency", Title: "Time to reply as the rate rises", Caption: chart.Spread, X: x, Y: chart.Axis{Label: "time to reply", Unit: "ms", Log: true}, Marks: marks,
			Series: []chart.Series{curve(r, core, "p50", "request, median"), curve(r, core, "p99", "request, 99th percentile"), curve(r, stream, "p99", "publish to a stream, 99th percentile")},
		},
		{
			Name: "served", Title: "Calls that end well as the rate rises", Caption: chart.Spread, X: x, Y: chart.Axis{Label: "calls that ended well", Unit: "1/s", Log: true}, Marks: marks,
			Series: []chart.Series{curve(r, core, "served", "request")},
		},
		{
			Name: "processors", Title: "Who keeps processors busy (requests)", Caption: chart.Spread, X: x, Y: chart.Axis{Label: "processors", Zero: true}, Marks: marks,
			Series: []chart.Series{curve(r, core, "node", "node"), curve(r, core, "NATS", "NATS"), curve(r, core, "client", "load generator"), curve(r, core, "pages", "pages")},
		},
		{
			Name: "pending", Title: "Messages of the stream that wait", Caption: chart.Spread, X: x, Y: chart.Axis{Label: "of the step's messages, when it ends", Unit: "%", Zero: true},
			Series: []chart.Series{curve(r, stream, "pending", "stream")},
		},
	}
}

// tables says what showed first, in each repetition.
func tables(r *lab.Results) []lab.Table {
	t := lab.Table{Title: "What showed that it broke", Header: []string{"messages", "repetition", "first sign", "saturated", "1.5 times the knee", "2.0 times the knee"}}
	for _, point := range []string{core, stream} {
		for _, m := range r.All(point) {
			row := []string{point, fmt.Sprint(m.Repetition), "", "", "", ""}
			for _, c := range m.Cells {
				if i := slices.Index(t.Header, c.Column); i > 0 {
					row[i] = c.Value
				}
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return []lab.Table{t}
}

func claims(*lab.Results) []lab.Claim {
	f := func(point, metric string) lab.Figure { return lab.Figure{Point: point, Metric: metric} }
	const limits = "one processor for the node, ten functions of which five wait; a node's rate depends on what its functions do."
	return []lab.Claim{
		{
			Name: "the-node-breaks-first", Topic: "The load that one node takes",
			Figures:   map[string]lab.Figure{"knee": f(core, "knee"), "node": f(core, "knee-node"), "nats": f(core, "knee-nats"), "p99": f(core, "knee-p99"), "ratio": {Point: core, Metric: "knee-node", Over: &lab.Figure{Point: core, Metric: "knee-nats"}}},
			When:      []lab.Condition{{Figure: "ratio", Is: judge.AtLeast, Bound: 2}},
			Then:      "Size nodes by the processor time of their functions, not by NATS: at the knee of {knee} the node keeps {node} busy and NATS {nats}. The 99th percentile there is {p99}.",
			Otherwise: "NATS counts: at the knee of {knee} it keeps {nats} busy where the node keeps {node}.",
			Limits:    limits,
		},
		{
			Name: "overload-is-survived", Topic: "The load that one node takes",
			Figures:   map[string]lab.Figure{"served": f(core, "over-20-served"), "bad": f(core, "over-20-bad"), "p99": f(core, "over-20-p99"), "recovery": f(core, "recovery")},
			When:      []lab.Condition{{Figure: "served", Is: judge.AtLeast, Bound: 60}},
			Then:      "Let nodes refuse what they cannot do: at twice the knee they still end {served} of the knee's calls well, and refuse or fail {bad} of what is sent. After it a step at half the knee was well again {recovery} later.",
			Otherwise: "Keep the load below the knee: at twice of it only {served} of the knee's calls end well, and {bad} of what is sent do not.",
			Limits:    limits,
		},
		{
			Name: "what-a-stream-costs", Topic: "The load that one node takes",
			Figures:   map[string]lab.Figure{"stream": f(stream, "knee"), "core": f(core, "knee"), "times": {Point: stream, Metric: "knee", Over: &lab.Figure{Point: core, Metric: "knee"}}},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtMost, Bound: 0.85}},
			Then:      "Plan fewer messages where they come through a stream: its knee is at {stream}, that of requests at {core}, which makes {times}.",
			Otherwise: "A stream costs little of the rate: its knee is at {stream}, that of requests at {core}.",
			Limits:    "one stream in a file, not replicated, on the same disk as everything else.",
		},
	}
}
