// Package restarts is the experiment on supervision: what is lost, late or run twice when
// an isolate, a node or NATS ends, how long until all is well again, and what the
// supervisor's back-off and quarantine are worth.
package restarts

import (
	"strings"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// late is how long a call may take that waits 20 ms.
const late = 100 * time.Millisecond

// trouble is a point: a fault, and how it is answered.
type trouble struct {
	id, fault string
	// settings are the node's, manifest that of the function that is watched.
	settings, manifest string
}

func troubles(s lab.Scale) []trouble {
	all := []trouble{
		{id: "heap/default", fault: "heap"},
		{id: "heap/no-quarantine", fault: "heap", settings: "quarantine: 0"},
		{id: "heap/neither", fault: "heap", settings: "backoff: false, quarantine: 0"},
		{id: "heap/idempotent", fault: "heap", manifest: "idempotent: true\n"},
		{id: "cpu/default", fault: "cpu"},
		{id: "exceptions/default", fault: "exceptions"},
		{id: "actor/panic", fault: "panic", settings: "faulty: panic"},
		{id: "node/killed", fault: "node"},
		{id: "nats/restarted", fault: "nats"},
	}
	return lab.Pick(s, all, all, []trouble{all[0], all[6], all[7]})
}

// Experiment is the experiment.
func Experiment() lab.Experiment {
	return lab.Experiment{
		Name: "restarts", Title: "What is lost when something ends",
		Question: "What is lost, late or run twice when an isolate, a node or NATS ends, how long until all is well, and what are back-off and quarantine worth?",
		Method: `A function that waits 20 ms and notes that it ran is called 200 times a second in an open loop, on two isolates, while
faults are made one after the other, 35 in each repetition: a call that fills its heap, one that computes without an end (its
limit is 100 ms), a burst of calls that throw, a call at which the isolate's actor panics, a node of two killed and started again, the NATS server killed and started again.
*Recovery* is the time from a fault until the last call ended that was sent before the next fault and did not end well, or took over 100 ms;
0 where there was none. One-for-one supervision is compared with and without back-off (` + "`runtimes.backoff`" + `), with and without
quarantine (` + "`runtimes.quarantine`" + `), and with ` + "`idempotent: true`" + `, which lets a call run again that another one's fault took along.`,
		Metrics: []record.Metric{
			{Name: "recover-p50", Unit: "ms", Meaning: "time until all was well, median of the faults", Tolerance: judge.Tolerance{Relative: 0.6, Absolute: 30}},
			{Name: "recover-p90", Unit: "ms", Meaning: "that, 90th percentile", Tolerance: judge.Tolerance{Relative: 0.6, Absolute: 50}},
			{Name: "recover-max", Unit: "ms", Meaning: "that, the longest", Tolerance: judge.Tolerance{Relative: 1, Absolute: 100}},
			{Name: "lost", Meaning: "calls without a reply, for each fault", Tolerance: judge.Tolerance{Relative: 0.6, Absolute: 0.5}},
			{Name: "failed", Meaning: "calls with another outcome than ok, for each fault", Tolerance: judge.Tolerance{Relative: 0.6, Absolute: 1}},
			{Name: "late", Meaning: "calls that took over 100 ms, for each fault", Tolerance: judge.Tolerance{Relative: 0.8, Absolute: 2}},
			{Name: "twice", Meaning: "calls that ran more than once, for each fault", Tolerance: judge.Tolerance{Relative: 1, Absolute: 0.5}},
			{Name: "duplicated", Meaning: "calls with more than one reply", Tolerance: judge.Tolerance{Absolute: 0.5}},
			{Name: "faults", Meaning: "faults that were made"},
			{Name: "p99", Unit: "ms", Meaning: "time to reply of all calls, 99th percentile", Tolerance: judge.Tolerance{Relative: 0.8, Absolute: 20}},
		},
		Configuration: map[string]string{"runtimes": "2", "rate": "200/s", "limits.cpu": "100ms", "limits.heap": "16MiB"},
		Points: func(s lab.Scale) []lab.Point {
			var list []lab.Point
			for _, t := range troubles(s) {
				list = append(list, lab.Point{ID: t.id, Params: lab.Params{"fault": t.fault, "settings": t.settings, "manifest": t.manifest}, Repeat: lab.Pick(s, 3, 1, 1)})
			}
			return list
		},
		Run: run, Charts: charts, Claims: claims, Length: 5 * time.Minute,
	}
}

func charts(r *lab.Results) []chart.Chart {
	var list []chart.Chart
	for _, group := range []struct {
		name, title string
		points      []string
	}{
		{"strategies", "Time until all is well after an isolate's heap was filled", []string{"heap/default", "heap/no-quarantine", "heap/neither", "heap/idempotent"}},
		{"faults", "Time until all is well after a fault", []string{"heap/default", "cpu/default", "exceptions/default", "actor/panic", "node/killed", "nats/restarted"}},
	} {
		c := chart.Chart{
			Name: group.name, Title: group.title, Kind: chart.Curves, Caption: "Each line is the distribution over all faults of the undisturbed repetitions: the part of them that was over by then.",
			X: chart.Axis{Label: "time from the fault", Unit: "ms"}, Y: chart.Axis{Label: "faults that were over", Unit: "%", Zero: true},
		}
		for _, point := range group.points {
			var times []float64
			for _, m := range r.Good(point) {
				for _, s := range m.Series {
					for _, p := range s.Points {
						if s.Name == "recovery" {
							times = append(times, p[1])
						}
					}
				}
			}
			c.Series = append(c.Series, distribution(point, times))
		}
		list = append(list, c)
	}
	var ids []string
	for _, t := range troubles(lab.Scale(r.Header.Scale)) {
		ids = append(ids, t.id)
	}
	return append(list, chart.Chart{
		Name: "calls", Title: "Calls that suffered, for each fault", Caption: chart.Spread, Kind: chart.Dots, X: chart.Axis{Label: "", Categories: wrap(ids)},
		Y:      chart.Axis{Label: "calls for each fault", Zero: true},
		Series: []chart.Series{r.Across("without a reply", "lost", ids), r.Across("failed", "failed", ids), r.Across("late", "late", ids), r.Across("ran twice", "twice", ids)},
	})
}

// wrap puts the words of an id below one another.
func wrap(ids []string) []string {
	var list []string
	for _, id := range ids {
		list = append(list, strings.NewReplacer("/", "\n", "-", "\n").Replace(id))
	}
	return list
}

// distribution is the part of times that is at most x, for each x.
func distribution(name string, times []float64) chart.Series {
	s := chart.Series{Name: name}
	sorted := sortedCopy(times)
	for i, t := range sorted {
		y := 100 * float64(i+1) / float64(len(sorted))
		s.Points = append(s.Points, chart.Point{X: t, Y: y, Low: y, High: y})
	}
	return s
}

func claims(r *lab.Results) []lab.Claim {
	f := func(point, metric string) lab.Figure { return lab.Figure{Point: point, Metric: metric} }
	over := func(a, b lab.Figure) lab.Figure { a.Over = &b; return a }
	const limits = "two isolates on one node, 200 calls a second, faults some tenths of a second apart."
	list := []lab.Claim{
		{
			Name: "isolates-come-back", Topic: "When something ends",
			Figures: map[string]lab.Figure{
				"p50": f("heap/default", "recover-p50"), "max": f("heap/default", "recover-max"), "failed": f("heap/default", "failed"), "lost": f("heap/default", "lost"), "duplicated": f("heap/default", "duplicated"),
			},
			When:      []lab.Condition{{Figure: "p50", Is: judge.AtMost, Bound: 300}, {Figure: "lost", Is: judge.AtMost, Bound: 0.01}},
			Then:      "Let isolates crash: after a full heap all was well within {p50} in the median and {max} at the worst. For each such fault {failed} calls failed, {lost} had no reply, and {duplicated} had two.",
			Otherwise: "A full heap is felt for {p50} in the median and {max} at the worst, and {lost} calls had no reply for each.",
			Limits:    limits,
		},
		{
			Name: "quarantine-pays", Topic: "When something ends",
			Figures:   map[string]lab.Figure{"on": f("heap/default", "failed"), "off": f("heap/no-quarantine", "failed"), "times": over(f("heap/no-quarantine", "failed"), f("heap/default", "failed"))},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtLeast, Bound: 1.2}},
			Then:      "Keep quarantine on: a function that kills its isolate again and again costs {on} calls of others for each attempt with it, {off} without, which is {times} as many.",
			Otherwise: "Quarantine did not save many calls here: {on} failed for each fault with it, {off} without.",
			Limits:    limits,
		},
		{
			Name: "backoff-costs-little", Topic: "When something ends",
			Figures: map[string]lab.Figure{
				"on": f("heap/no-quarantine", "failed"), "off": f("heap/neither", "failed"), "times": over(f("heap/no-quarantine", "p99"), f("heap/neither", "p99")),
				"onp": f("heap/no-quarantine", "p99"), "offp": f("heap/neither", "p99"),
			},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtMost, Bound: 1.5}},
			Then:      "Keep back-off on: without quarantine {on} calls of others failed for each fault with it and {off} without it. The 99th percentile of all calls was {onp} with it and {offp} without, {times} that.",
			Otherwise: "Do not have back-off do the work of quarantine: where a function that kills isolates is let run again and again, each fault costs {on} calls of others with back-off and {off} without, and the 99th percentile of all calls is {onp} with it and {offp} without, {times} that.",
			Limits:    "an isolate takes milliseconds to make here; where it takes longer, back-off saves more.",
		},
		{
			Name: "idempotent-hides-crashes", Topic: "When something ends",
			Figures:   map[string]lab.Figure{"with": f("heap/idempotent", "failed"), "without": f("heap/default", "failed"), "twice": f("heap/idempotent", "twice")},
			When:      []lab.Condition{{Figure: "with", Is: judge.AtMost, Bound: 0.2}},
			Then:      "Say `idempotent: true` of functions that may run twice: {with} of their calls failed for each fault of a neighbour, where it was {without}. The price is that {twice} ran again.",
			Otherwise: "Even with `idempotent: true` {with} calls failed for each fault of a neighbour, where it was {without}.",
			Limits:    limits,
		},
	}
	if r.Header.Scale != string(lab.Smoke) {
		list = append(list, lab.Claim{
			Name: "a-node-takes-calls-along", Topic: "When something ends",
			Figures:   map[string]lab.Figure{"lost": f("node/killed", "lost"), "p90": f("node/killed", "recover-p90"), "nats": f("nats/restarted", "recover-p90"), "natslost": f("nats/restarted", "lost")},
			When:      []lab.Condition{{Figure: "lost", Is: judge.AtLeast, Bound: 0.1}},
			Then:      "Have callers ask again after a timeout, or send work through a stream: each node that was killed took {lost} calls along, for up to {p90} in nine of ten cases. A NATS server that restarts costs {natslost} calls and {nats}.",
			Otherwise: "A killed node took hardly a call along: {lost} for each.",
			Limits:    "core NATS, where a message is delivered once at most; calls of 20 ms.",
		})
	}
	return list
}
