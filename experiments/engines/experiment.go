package engines

import (
	"fmt"
	"slices"
	"time"

	"github.com/isolane/isolane/experiments/engines/tail"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// The names of the engines, and of what an instance may be.
const (
	heavy = "v8"
	light = "quickjs"

	ofIsolate = "v8-isolate"
	ofContext = "v8-context"
)

// Experiment is the experiment.
func Experiment() lab.Experiment {
	return lab.Experiment{
		Name: "engines", Title: "A light engine beside a heavy one",
		Question: "What do QuickJS and V8 take to start, to keep and to compute, and is a mix of both worth it for a long tail of functions that are seldom called?",
		Method: `All is measured in one process, on the runtime that nodes have, without NATS. *start* makes an
instance for each call of a small JSON handler: a V8 isolate, a V8 context in an isolate that is there, a QuickJS
instance. *memory* keeps many of them with the handler loaded, and divides what the process grew by. *kernel* calls each of
the kernels in both engines: first cold, then warm, and keeps the median. *even* is computed: after how many calls, and how much
time in QuickJS, V8 has caught up. *tail* is simulated with these costs: calls of a kernel under as many names as there are functions,
drawn by Zipf's law, within a budget of memory. *real* does the same at a small scale with real instances.

V8 is the one of the binding that this binary was built with. *original* is the same, on the same runtime, with the original binding,
rogchap.com/v8go, and the V8 that it has: one process cannot have both, so another build of this command measures it in a process of its own.`,
		Metrics: []record.Metric{
			{Name: "first", Unit: "ms", Meaning: "time of a call that makes its instance, the median"},
			{Name: "warm", Unit: "us", Meaning: "time of a call of a warm instance, the median"},
			{Name: "memory", Unit: "KB", Meaning: "resident memory of one instance with a handler loaded", Tolerance: judge.Tolerance{Relative: 0.4}},
			{Name: "slower", Unit: "times", Meaning: "warm calls in QuickJS over those in V8"},
			{Name: "calls", Meaning: "calls after which V8, instance included, has taken no more time than QuickJS", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "spent", Unit: "ms", Meaning: "time in QuickJS at that point", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "mean", Unit: "us", Meaning: "time of a call on average, cold starts included"},
			{Name: "cold", Unit: "%", Meaning: "calls that made an instance"},
			{Name: "share", Unit: "%", Meaning: "simulated tails in which the mix took at least 5 % less time than the better of both engines alone"},
		},
		Configuration: map[string]string{"message": order, "promotion": "after 10 ms in QuickJS"},
		Points:        points, Run: run, Derive: derive, Charts: charts, Tables: tables, Claims: claims,
		Length: 6 * time.Minute,
	}
}

func points(s lab.Scale) []lab.Point {
	repeat := lab.Pick(s, 5, 1, 1)
	var list []lab.Point
	add := func(id string, params lab.Params) {
		list = append(list, lab.Point{ID: id, Params: params, Repeat: repeat})
	}
	for _, what := range []string{ofIsolate, ofContext, light} {
		add("start/"+what, lab.Params{"kind": "start", "what": what})
		add("memory/"+what, lab.Params{"kind": "memory", "what": what})
	}
	// With the race detector a kernel takes seconds: a test has those that tails are made of.
	for _, name := range lab.Pick(s, Kernels(), Kernels(), tailKernels[:]) {
		for _, engine := range []string{heavy, light} {
			add("kernel/"+name+"/"+engine, lab.Params{"kind": "kernel", "what": engine, "name": name})
		}
	}
	for _, mode := range modes {
		add("real/"+string(mode), lab.Params{"kind": "real", "what": string(mode)})
	}
	if s == lab.Smoke {
		return list
	}
	for _, what := range []string{ofIsolate, ofContext} {
		add(original+"/start/"+what, lab.Params{"kind": original, "of": "start", "what": what, "name": ""})
		add(original+"/memory/"+what, lab.Params{"kind": original, "of": "memory", "what": what, "name": ""})
	}
	for _, name := range originalKernels {
		add(original+"/kernel/"+name+"/"+heavy, lab.Params{"kind": original, "of": "kernel", "what": heavy, "name": name})
	}
	return list
}

// modes are the ways to run a tail.
var modes = [...]tail.Mode{tail.Heavy, tail.Light, tail.Mixed}

// staggered puts every second name a line lower, so that they do not run into one another.
func staggered(names []string) []string {
	list := slices.Clone(names)
	for i := 1; i < len(list); i += 2 {
		list[i] = "\n" + list[i]
	}
	return list
}

func charts(r *lab.Results) []chart.Chart {
	names := Kernels()
	var across [2][]string
	for _, name := range names {
		across[0] = append(across[0], "kernel/"+name+"/"+heavy)
		across[1] = append(across[1], "kernel/"+name+"/"+light)
	}
	list := []chart.Chart{{
		Name: "kernels", Title: "Warm calls of each kernel", Kind: chart.Dots,
		X: chart.Axis{Label: "kernel", Categories: staggered(names)}, Y: chart.Axis{Label: "a call", Unit: "us", Log: true},
		Series: []chart.Series{r.Across("V8", "warm", across[0]), r.Across("QuickJS", "warm", across[1])},
	}}
	for _, kernel := range tailKernels {
		c := chart.Chart{
			Name: "tail-" + kernel, Title: fmt.Sprintf("A tail of 1,000 functions (%s) with Zipf's exponent 1", kernel), Kind: chart.Lines,
			X: chart.Axis{Label: "budget of memory", Unit: "MB", Log: true}, Y: chart.Axis{Label: "a call on average", Unit: "us", Log: true},
			Caption: "Simulated with the measured costs.",
		}
		for _, mode := range modes {
			var ids []string
			for _, budget := range budgets {
				ids = append(ids, tailID(kernel, 1, 1000, budget, mode))
			}
			c.Series = append(c.Series, r.Line(string(mode), "mean", ids, func(i int) float64 { return float64(budgets[i]) }))
		}
		list = append(list, c)
	}
	return list
}

func tables(r *lab.Results) []lab.Table {
	show := r.Tell
	instances := lab.Table{Title: "Instances", Header: []string{"", "a call that makes it", "memory"}}
	for _, what := range []string{ofIsolate, ofContext, light} {
		instances.Rows = append(instances.Rows, []string{what, show("start/"+what, "first"), show("memory/"+what, "memory")})
	}
	for _, what := range []string{ofIsolate, ofContext} {
		instances.Rows = append(instances.Rows, []string{
			what + ", " + originalName(r), orMissing(r, original+"/start/"+what, "first"), orMissing(r, original+"/memory/"+what, "memory"),
		})
	}
	kernels := lab.Table{Title: "Kernels", Header: []string{"kernel", "V8 first", "V8 warm", "QuickJS first", "QuickJS warm", "slower", "V8 pays after", "which is in QuickJS"}}
	for _, name := range Kernels() {
		k := "kernel/" + name + "/"
		kernels.Rows = append(kernels.Rows, []string{
			name, show(k+heavy, "first"), show(k+heavy, "warm"), show(k+light, "first"), show(k+light, "warm"),
			show("even/"+name, "slower"), never(r, name, "calls"), never(r, name, "spent"),
		})
	}
	kernels.Note = "V8 begins with a context in an isolate that is there. 0 calls: it is faster from the first on; never: it does not catch up."
	both := lab.Table{Title: "Two bindings", Header: []string{"kernel", "first", "warm", "first, " + originalName(r), "warm, " + originalName(r)}}
	for _, name := range originalKernels {
		k := "kernel/" + name + "/" + heavy
		both.Rows = append(both.Rows, []string{
			name, show(k, "first"), show(k, "warm"), orMissing(r, original+"/"+k, "first"), orMissing(r, original+"/"+k, "warm"),
		})
	}
	return []lab.Table{instances, kernels, both, mixTable(r)}
}

func claims(*lab.Results) []lab.Claim {
	const topic = "Engines"
	return []lab.Claim{
		{
			Name: "a-light-instance-starts-faster-than-an-isolate", Topic: topic,
			Figures: map[string]lab.Figure{
				"ratio": {Point: "start/" + light, Metric: "first", Over: &lab.Figure{Point: "start/" + ofIsolate, Metric: "first"}},
				"light": {Point: "start/" + light, Metric: "first"}, "isolate": {Point: "start/" + ofIsolate, Metric: "first"},
			},
			When:      []lab.Condition{{Figure: "ratio", Is: judge.AtMost, Bound: 0.8}},
			Then:      "Where each call must have an isolate of its own, use QuickJS: a first call takes {light} there, and {isolate} in V8.",
			Otherwise: "A QuickJS instance is no cheaper to start than a V8 isolate: {light} against {isolate}.",
			Limits:    "A handler of a line; from some 20 KB of source on, bytecode or not, QuickJS reads all of it first.",
		},
		{
			Name: "a-light-instance-starts-faster-than-a-context", Topic: topic,
			Figures: map[string]lab.Figure{
				"ratio": {Point: "start/" + light, Metric: "first", Over: &lab.Figure{Point: "start/" + ofContext, Metric: "first"}},
				"light": {Point: "start/" + light, Metric: "first"}, "context": {Point: "start/" + ofContext, Metric: "first"},
			},
			When:      []lab.Condition{{Figure: "ratio", Is: judge.AtMost, Bound: 0.8}},
			Then:      "A QuickJS instance starts faster than a context in a live V8 isolate: {light} against {context}.",
			Otherwise: "A context in a live V8 isolate starts as fast as a QuickJS instance or faster, {context} against {light}: a shared isolate needs no light engine beside it to start fast.",
			Limits:    "A handler of a line; what a function's module computes when it is loaded comes on top in both.",
		},
		{
			Name: "the-original-binding-starts-slower", Topic: topic,
			Figures: map[string]lab.Figure{
				"times": {Point: original + "/start/" + ofIsolate, Metric: "first", Over: &lab.Figure{Point: "start/" + ofIsolate, Metric: "first"}},
				"ours":  {Point: "start/" + ofIsolate, Metric: "first"}, "original": {Point: original + "/start/" + ofIsolate, Metric: "first"},
				"context": {Point: original + "/start/" + ofContext, Metric: "first"}, "ourcontext": {Point: "start/" + ofContext, Metric: "first"},
			},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtLeast, Bound: 1.2}},
			Then:      "Build on the maintained fork of the binding rather than on rogchap.com/v8go: a first call in a fresh isolate takes {original} with the original, {times} that of the fork's {ours}. In a fresh context it is {context}, and {ourcontext} with the fork.",
			Otherwise: "The original binding starts about as fast as the fork: {original} and {ours} for a first call in a fresh isolate.",
			Limits:    "the original has an older V8 and no snapshot here, and cannot bound the heap of an isolate.",
		},
		{
			Name: "a-mix-is-worth-it", Topic: topic,
			Figures:   map[string]lab.Figure{"share": {Point: "tail/summary", Metric: "share"}},
			When:      []lab.Condition{{Figure: "share", Is: judge.AtLeast, Bound: 25}},
			Then:      "A mix with promotion is worth it for long tails: in {share} of the simulated ones it took at least 5 % less time than either engine alone.",
			Otherwise: "A mix is not worth it: only in {share} of the simulated tails it took at least 5 % less time than the better of both engines alone.",
			Limits:    "Time of the processor within a budget of memory, with V8's contexts in shared isolates; what isolation the engines give was not weighed.",
		},
	}
}
