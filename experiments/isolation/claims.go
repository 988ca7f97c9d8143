package isolation

import (
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/judge"
)

func claims(r *lab.Results) []lab.Claim {
	scale := sizes(lab.Scale(r.Header.Scale))
	one, many := scale[0], scale[len(scale)-1]
	at := func(model string, n int, metric string) lab.Figure {
		return lab.Figure{Point: id(model, n), Metric: metric}
	}
	over := func(a, b lab.Figure) lab.Figure { a.Over = &b; return a }
	const limits = "one caller, a function that does next to nothing, one machine; the ratio shrinks as functions do more."
	return []lab.Claim{
		{
			Name: "a-process-for-each-call", Topic: "Which isolation to choose",
			Figures: map[string]lab.Figure{
				"process": at(process, one, "p50"), "warm": at(warm, one, "p50"), "cpu": over(at(process, one, "cpu"), at(warm, one, "cpu")), "times": over(at(process, one, "p50"), at(warm, one, "p50")),
			},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtLeast, Bound: 10}, {Figure: "cpu", Is: judge.AtLeast, Bound: 10}},
			Then:      "Do not start a process for each call: it takes {process} where a warm context takes {warm}, and {cpu} its processor time.",
			Otherwise: "A process for each call is affordable: it takes {process}, {times} a warm context's.",
			Limits:    limits,
		},
		{
			Name: "a-fresh-context-is-affordable", Topic: "Which isolation to choose",
			Figures: map[string]lab.Figure{
				"context": at(fresh, one, "cpu"), "warm": at(warm, one, "cpu"), "times": over(at(fresh, one, "cpu"), at(isolate, one, "cpu")), "isolate": at(isolate, one, "cpu"),
			},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtMost, Bound: 0.67}},
			Then:      "Where calls of one function must not see each other, use `isolation: context`: it costs {context} of processor time for each call, {times} of a fresh isolate's {isolate}. A warm context costs {warm}.",
			Otherwise: "A fresh context at {context} of processor time for each call is not clearly cheaper than a fresh isolate at {isolate}.",
			Limits:    "the matrix says what a fresh context does not keep apart: what is the isolate's.",
		},
		{
			Name: "what-a-fresh-isolate-costs", Topic: "Which isolation to choose",
			Figures: map[string]lab.Figure{
				"isolate": at(isolate, one, "p50"), "process": over(at(process, one, "p50"), at(isolate, one, "p50")), "leaks": ofSafety("leaks"),
			},
			When:      []lab.Condition{{Figure: "process", Is: judge.AtLeast, Bound: 2}, {Figure: "leaks", Is: judge.AtMost, Bound: 0}},
			Then:      "Where nothing may be shared, `isolation: isolate` is enough for what the probes can see: {leaks} of them saw another call there, or in a process. It takes {isolate} for each call, and a process takes {process} as long.",
			Otherwise: "A fresh isolate takes {isolate} for each call, a process {process} as long, and {leaks} probes saw another call in one of them.",
			Limits:    "probes show what leaks, not that nothing does; against hardware side channels and faults of the engine only a process or a machine helps.",
		},
		{
			Name: "warm-functions-are-small", Topic: "How many functions a node can have",
			Figures: map[string]lab.Figure{
				"warm": at(warm, many, "each"), "dedicated": at(dedicated, many, "each"), "times": over(at(dedicated, many, "each"), at(warm, many, "each")), "p50": over(at(warm, many, "p50"), at(warm, one, "p50")),
			},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtLeast, Bound: 1.5}},
			Then:      "Let functions share isolates unless one must not: a warm function takes {warm}, one with an isolate of its own {dedicated}. With that many functions a call takes {p50} as long as with one.",
			Otherwise: "An isolate of its own costs a function little: {dedicated} where a shared one takes {warm}.",
			Limits:    "functions of one line; what a function loads and keeps comes on top in both cases.",
		},
	}
}

func ofSafety(metric string) lab.Figure { return lab.Figure{Point: safety, Metric: metric} }
