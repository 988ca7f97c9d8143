package multinode

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// law is the point that the fitted law stands at; predicted those that it predicts.
const law = "law"

func predicted(n int) string { return fmt.Sprintf("predicted/%d", n) }

// Experiment is the experiment.
func Experiment() lab.Experiment {
	wide := judge.Tolerance{Relative: 0.6}
	return lab.Experiment{
		Name: "multi-node", Title: "Several nodes",
		Question: "Does capacity grow with nodes, what do they spend on one another, what does the law of it predict for 10 and 100, and what happens when one ends?",
		Method: fmt.Sprintf(`One, three and five nodes, each with one isolate and held to %.0f %% of a processor by a control group (checked by its
`+"`cpu.stat`"+`), serve the ten functions of the workload from one NATS server, which is not held and shares the machine's other time with the pages and the load generator. Capacity is the
highest rate of an open loop at which the 99th percentile is at most %d ms and %.0f %% of the calls do not end well, found by halving to a
twentieth. *nodes* are members of one cluster, which hand calls on when 16 wait; *apart* are nodes that share nothing but the queue group.
The Universal Scalability Law is fitted to the capacities of all repetitions, and its interval is that of fits to resamples of them: with three numbers of nodes
that is little, and what it says for 10 and 100 is an extrapolation of the nodes' own cost, with a NATS server that is never the bound.
*killed*: one of three nodes gets SIGKILL in the middle of a load that two can bear.`, 100*quotaOf, latencyBound, 100*badBound),
		Metrics: []record.Metric{
			{Name: "capacity", Unit: "calls/s", Meaning: "the highest rate within the bounds", Tolerance: judge.Tolerance{Relative: 0.3}},
			{Name: "p50", Unit: "ms", Meaning: "time to reply at capacity, median", Tolerance: wide},
			{Name: "p99", Unit: "ms", Meaning: "time to reply at capacity, 99th percentile", Tolerance: wide},
			{Name: "node", Unit: "processors", Meaning: "what each node keeps busy at capacity, on average", Tolerance: judge.Tolerance{Relative: 0.4}},
			{Name: "held", Unit: "%", Meaning: "periods in which a node had used its quota up", Tolerance: judge.Tolerance{Relative: 1, Absolute: 30}},
			{Name: "nats", Unit: "processors", Meaning: "what NATS keeps busy at capacity", Tolerance: judge.Tolerance{Relative: 0.5, Absolute: 0.03}},
			{Name: "client", Unit: "processors", Meaning: "what the load generator keeps busy", Tolerance: judge.Tolerance{Relative: 0.5, Absolute: 0.03}},
			{Name: "linearity", Unit: "%", Meaning: "capacity over that of one node times the number of nodes", Tolerance: judge.Tolerance{Relative: 0.4}},
			{Name: "sigma", Meaning: "what is done one after the other, in the law", Tolerance: judge.Tolerance{Absolute: 0.1}},
			{Name: "kappa", Meaning: "what nodes do for one another, in the law", Tolerance: judge.Tolerance{Absolute: 0.03}},
			{Name: "before-p99", Unit: "ms", Meaning: "time to reply in a second before the kill, but for what was under way at it, 99th percentile", Tolerance: wide},
			{Name: "after-p99", Unit: "ms", Meaning: "that from a second after it on", Tolerance: wide},
			{Name: "lost", Meaning: "calls without a good reply", Tolerance: judge.Tolerance{Relative: 1, Absolute: 5}},
			{Name: "gap", Unit: "ms", Meaning: "from the kill until the last call was sent that did not end well", Tolerance: judge.Tolerance{Relative: 1, Absolute: 300}},
		},
		Configuration: map[string]string{"quota of a node": fmt.Sprintf("%.2f processors", quotaOf), "runtimes": "1", "cluster.preset": "local", "cluster.spillAt": "16"},
		Points:        points, Run: run, Derive: derive, Charts: charts, Claims: claims, Length: 13 * time.Minute,
	}
}

// derive adds linearity, the law and what it predicts.
func derive(r *lab.Results) {
	s := lab.Scale(r.Header.Scale)
	one := r.Values(clustered(1), "capacity")
	if len(one) == 0 {
		return
	}
	linearity, _ := r.Metric("linearity")
	t := linearity.Tolerance
	for _, n := range sizes(s) {
		for _, point := range []string{clustered(n), apart(n)} {
			many := r.Values(point, "capacity")
			if len(many) < judge.MinRepetitions || len(one) < judge.MinRepetitions {
				continue
			}
			if point == clustered(1) {
				many = slices.Repeat([]float64{100}, len(one)) // by its meaning
				r.Add(point, "linearity", judge.Of(many, t))
				continue
			}
			r.Add(point, "linearity", judge.Ratio(judge.Of(many, t), judge.Of(one, t)).Times(100/float64(n), t))
		}
	}
	groups := map[int][]float64{}
	least := len(one)
	for _, n := range sizes(s) {
		if values := r.Values(clustered(n), "capacity"); len(values) >= judge.MinRepetitions {
			groups[n] = values
			least = min(least, len(values))
		}
	}
	if len(groups) < 3 {
		return // two numbers of nodes are a line through them
	}
	fit := func(c *rand.Rand) Law {
		var ns, values []float64
		for _, n := range sizes(s) {
			group := groups[n]
			if c != nil {
				group = judge.Resample(c, group)
			}
			for _, v := range group {
				ns, values = append(ns, float64(n)), append(values, v)
			}
		}
		l, err := Fit(ns, values)
		if err != nil {
			return Law{} // a capacity is over 0, and so there is one
		}
		return l
	}
	best := fit(nil)
	add := func(point, metric string, of func(Law) float64) {
		m, _ := r.Metric(metric)
		r.Add(point, metric, judge.Sampled(of(best), least, m.Tolerance, func(c *rand.Rand) float64 { return of(fit(c)) }))
	}
	add(law, "sigma", func(l Law) float64 { return l.Sigma })
	add(law, "kappa", func(l Law) float64 { return l.Kappa })
	for _, n := range []int{10, 100} {
		add(predicted(n), "capacity", func(l Law) float64 { return l.At(float64(n)) })
		add(predicted(n), "linearity", func(l Law) float64 { return 100 * l.At(float64(n)) / (float64(n) * l.Lambda) })
	}
}

func charts(r *lab.Results) []chart.Chart {
	s := lab.Scale(r.Header.Scale)
	var ids, others []string
	for _, n := range sizes(s) {
		ids, others = append(ids, clustered(n)), append(others, apart(n))
	}
	x := func(i int) float64 { return float64(sizes(s)[i]) }
	nodes := chart.Axis{Label: "nodes"}
	linear, fitted := chart.Series{Name: "linear"}, chart.Series{Name: "the law"}
	one, ok := r.Estimate(clustered(1), "capacity")
	sigma, okSigma := r.Estimate(law, "sigma")
	kappa, okKappa := r.Estimate(law, "kappa")
	for n := 1.0; n <= float64(most(s)); n++ {
		if ok && len(one.Values) > 0 {
			linear.Points = append(linear.Points, chart.Point{X: n, Y: n * one.Median, Low: n * one.Median, High: n * one.Median})
		}
		if okSigma && okKappa {
			y := Law{Lambda: one.Median, Sigma: sigma.Median, Kappa: kappa.Median}.At(n)
			fitted.Points = append(fitted.Points, chart.Point{X: n, Y: y, Low: y, High: y})
		}
	}
	kill := chart.Chart{
		Name: "killed", Title: "Time to reply when one of three nodes is killed", Caption: "One run of each; 99th percentile of each quarter of a second; what had no reply is shown as 5 s.", Kind: chart.Curves,
		X: chart.Axis{Label: "time from the kill", Unit: "s"}, Y: chart.Axis{Label: "time to reply", Unit: "ms", Log: true}, Marks: []chart.Mark{{At: 0, Label: "SIGKILL"}},
	}
	for _, spill := range []string{"on", "off"} {
		line := chart.Series{Name: "spill " + spill}
		if all := r.All("killed/" + spill); len(all) > 0 && len(all[0].Series) > 0 {
			for _, p := range all[0].Series[0].Points {
				line.Points = append(line.Points, chart.Point{X: p[0], Y: p[1], Low: p[1], High: p[1]})
			}
		}
		kill.Series = append(kill.Series, line)
	}
	return []chart.Chart{
		{
			Name: "capacity", Title: "Capacity at the same bound of latency", Caption: chart.Spread, X: nodes, Y: chart.Axis{Label: "capacity", Unit: "calls/s", Zero: true},
			Series: []chart.Series{r.Line("cluster", "capacity", ids, x), r.Line("nodes apart", "capacity", others, x), linear, fitted},
		},
		{
			Name: "processors", Title: "Who keeps processors busy at capacity", Caption: chart.Spread, X: nodes, Y: chart.Axis{Label: "processors", Zero: true},
			Series: []chart.Series{r.Line("each node", "node", ids, x), r.Line("NATS", "nats", ids, x), r.Line("load generator", "client", ids, x)},
		},
		kill,
	}
}

func claims(r *lab.Results) []lab.Claim {
	s := lab.Scale(r.Header.Scale)
	many := clustered(most(s))
	f := func(point, metric string) lab.Figure { return lab.Figure{Point: point, Metric: metric} }
	const limits = "nodes held to a fifth of a processor on one machine, one NATS server, a network that costs nothing."
	return []lab.Claim{
		{
			Name: "capacity-grows-with-nodes", Topic: "Several nodes",
			Figures:   map[string]lab.Figure{"linearity": f(many, "linearity"), "capacity": f(many, "capacity"), "one": f(clustered(1), "capacity"), "nats": f(many, "nats"), "held": f(many, "held")},
			When:      []lab.Condition{{Figure: "linearity", Is: judge.AtLeast, Bound: 80}},
			Then:      fmt.Sprintf("Add nodes for capacity: %d serve {capacity} where one serves {one}, which is {linearity} of linear. NATS keeps {nats} busy for them, and nodes had used their quota up in {held} of the periods.", most(s)),
			Otherwise: fmt.Sprintf("Nodes do not add up: %d serve {capacity} where one serves {one}, which is {linearity} of linear.", most(s)),
			Limits:    limits,
		},
		{
			Name: "what-the-law-predicts", Topic: "Several nodes",
			Figures:   map[string]lab.Figure{"sigma": f(law, "sigma"), "kappa": f(law, "kappa"), "ten": f(predicted(10), "linearity"), "hundred": f(predicted(100), "linearity")},
			When:      []lab.Condition{{Figure: "ten", Is: judge.AtLeast, Bound: 60}},
			Then:      "Plan for ten nodes at {ten} of linear. The law has {sigma} done one after the other and {kappa} for one another, and says {hundred} for a hundred.",
			Otherwise: "Do not plan for ten nodes as ten times one: the law says {ten} of linear.",
			Limits:    "an extrapolation from five; at a hundred NATS and the network decide, which are not in it.",
		},
		{
			Name: "spill-pays", Topic: "Several nodes",
			Figures:   map[string]lab.Figure{"on": f(many, "capacity"), "off": f(apart(most(s)), "capacity"), "times": {Point: many, Metric: "capacity", Over: &lab.Figure{Point: apart(most(s)), Metric: "capacity"}}},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtLeast, Bound: 1.05}},
			Then:      "Have nodes hand on what they cannot do at once: together they serve {on}, apart {off}, at the same bound of latency, {times} as much.",
			Otherwise: "Handing on calls adds little or nothing where the queue group spreads them evenly: {on} with it, {off} without, {times} as much.",
			Limits:    "equal nodes and a load of independent arrivals; it is worth more where functions or nodes differ.",
		},
		{
			Name: "a-killed-node-is-missed-briefly", Topic: "Several nodes",
			Figures:   map[string]lab.Figure{"lost": f("killed/on", "lost"), "gap": f("killed/on", "gap"), "before": f("killed/on", "before-p99"), "after": f("killed/on", "after-p99")},
			When:      []lab.Condition{{Figure: "gap", Is: judge.AtMost, Bound: 2000}},
			Then:      "Keep room for one node's loss: {lost} calls were lost with a killed one, the last of them sent {gap} after the kill, and the 99th percentile went from {before} to {after} a second later.",
			Otherwise: "A killed node is missed for {gap}, and takes {lost} calls along.",
			Limits:    "the others had room for its load.",
		},
	}
}
