// Package runtimes is the experiment on many isolates in one process: how many a node
// should have, how a message should come to one, and what it is worth to prefer one where
// the function is warm.
package runtimes

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
	"github.com/isolane/isolane/experiments/loadgen"
	"github.com/isolane/isolane/experiments/machine"
	"github.com/isolane/isolane/experiments/workload"
)

// policies are the dispatcher's.
func policies() []string { return []string{"pull", "hash", "round-robin", "random"} }

// Experiment is the experiment.
func Experiment() lab.Experiment {
	return lab.Experiment{
		Name: "runtimes", Title: "Many isolates in one process",
		Question: "How many isolates should a node have, and how should a message come to one of them?",
		Method: `*Number*: the ten functions of the workload, 64 callers in a closed loop, with one to four isolates for each
processor. *Policy*: two isolates for each processor; six short functions are called 200 times a second in all, two long ones so
often that they alone keep half of the processors busy (how long one takes is measured first); both are open loops, so that
who waits is charged for it. *Affinity*: four isolates, 60 functions called by chance from the first call on, with and without
preferring an isolate where the function is warm.`,
		Metrics: []record.Metric{
			{Name: "rate", Unit: "calls/s", Meaning: "calls that ended well"},
			{Name: "p50", Unit: "ms", Meaning: "time to reply, median"},
			{Name: "p99", Unit: "ms", Meaning: "time to reply, 99th percentile", Tolerance: judge.Tolerance{Relative: 0.5}},
			{Name: "short-p50", Unit: "ms", Meaning: "that of the short functions", Tolerance: judge.Tolerance{Relative: 0.5}},
			{Name: "short-p99", Unit: "ms", Meaning: "that of the short functions", Tolerance: judge.Tolerance{Relative: 0.5}},
			{Name: "long-p99", Unit: "ms", Meaning: "that of the long functions", Tolerance: judge.Tolerance{Relative: 0.5}},
			{Name: "cpu", Unit: "ms", Meaning: "processor time of the node for each call"},
			{Name: "memory", Unit: "MiB", Meaning: "memory of the node after it", Tolerance: judge.Tolerance{Relative: 0.3}},
		},
		Points: points, Run: run, Charts: charts, Claims: claims, Length: 13 * time.Minute,
	}
}

func points(s lab.Scale) []lab.Point {
	// So many as the report of four said would decide.
	numbers, each, either := lab.Pick(s, 14, 1, 1), lab.Pick(s, 7, 1, 1), lab.Pick(s, 34, 1, 1)
	var list []lab.Point
	for _, n := range lab.Pick(s, []int{1, 2, 3, 4}, []int{1, 4}, []int{1}) {
		list = append(list, lab.Point{ID: number(n), Params: lab.Params{"kind": "number", "each": n}, Repeat: numbers})
	}
	for _, policy := range lab.Pick(s, policies(), []string{"pull", "hash"}, []string{"pull"}) {
		list = append(list, lab.Point{ID: "policy/" + policy, Params: lab.Params{"kind": "policy", "policy": policy}, Repeat: each})
	}
	for _, affinity := range lab.Pick(s, []string{"on", "off"}, []string{"on", "off"}, []string{"off"}) {
		list = append(list, lab.Point{ID: "affinity/" + affinity, Params: lab.Params{"kind": "affinity", "affinity": affinity}, Repeat: either})
	}
	return list
}

func number(n int) string { return "number/" + strconv.Itoa(n) }

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	switch p.Word("kind") {
	case "number":
		return runNumber(ctx, b, p.Number("each"))
	case "policy":
		return runPolicy(ctx, b, p.Word("policy"))
	default:
		return runAffinity(ctx, b, p.Word("affinity") == "on")
	}
}

func span(b *lab.Bench) time.Duration {
	return lab.Pick(b.Scale, 2500*time.Millisecond, 600*time.Millisecond, 200*time.Millisecond)
}

// load sends targets in this process, and says what came of it and what the node used.
func load(ctx context.Context, b *lab.Bench, s *rig.Stage, step loadgen.Step, warmup time.Duration, targets []loadgen.Target) (*loadgen.StepResult, rig.Use, error) {
	cfg := loadgen.DefaultConfig()
	cfg.Seed, cfg.Warmup, cfg.Steps, cfg.Targets = b.Seed, warmup, []loadgen.Step{step}, targets
	meter, err := rig.NewMeter(s.Node)
	if err != nil {
		return nil, rig.Use{}, err
	}
	result, err := loadgen.Run(ctx, s.Dial, cfg, nil)
	if err != nil {
		return nil, rig.Use{}, err
	}
	used, err := meter.Stop()
	if err != nil {
		return nil, rig.Use{}, err
	}
	return &result.Steps[0], used[0], nil
}

func ms(us int64) float64 { return float64(us) / 1000 }

func runNumber(ctx context.Context, b *lab.Bench, each int) (*lab.Took, error) {
	folder, err := b.Rig.Files("functions", nil)
	if err != nil {
		return nil, err
	}
	if err := workload.Write(folder, ""); err != nil {
		return nil, err
	}
	s, err := b.Rig.Stage(ctx, rig.StageConfig{Pages: true, Node: rig.NodeConfig{Functions: folder, Runtimes: each * machine.Processors()}})
	if err != nil {
		return nil, err
	}
	var targets []loadgen.Target
	for _, f := range workload.Functions() {
		targets = append(targets, loadgen.Target{Subject: "fn." + f.Name, Weight: 1, Payload: f.Payload(s.Origin)})
	}
	step, _, err := load(ctx, b, s, loadgen.Step{Callers: 64, Duration: span(b)}, 0, targets) // warms up
	if err != nil {
		return nil, err
	}
	if step.Ends[loadgen.EndOK] == 0 {
		return nil, fmt.Errorf("no call ended well: %v", step.Ends)
	}
	step, used, err := load(ctx, b, s, loadgen.Step{Callers: 64, Duration: span(b)}, 0, targets)
	if err != nil {
		return nil, err
	}
	return &lab.Took{Metrics: map[string]float64{
		"rate": step.Rate, "p50": ms(step.OK.P50), "p99": ms(step.OK.P99), "memory": float64(used.Resident) / (1 << 20),
		"cpu": used.CPU.Seconds() * 1000 / float64(max(step.Ends[loadgen.EndOK], 1)),
	}}, nil
}

// The functions of the policies: a short and a long one.
const (
	short = "export default () => ({ ok: true });\n"
	long  = "const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));\nexport default () => ({ value: fib(29) });\n"
)

func runPolicy(ctx context.Context, b *lab.Bench, policy string) (*lab.Took, error) {
	files := map[string]string{}
	var shorts, longs []loadgen.Target
	for i := range 6 {
		name := "short-" + strconv.Itoa(i)
		files[name+".js"] = short
		shorts = append(shorts, loadgen.Target{Subject: "fn." + name, Weight: 1})
	}
	for i := range 2 {
		name := "long-" + strconv.Itoa(i)
		files[name+".js"] = long
		longs = append(longs, loadgen.Target{Subject: "fn." + name, Weight: 1})
	}
	folder, err := b.Rig.Files("functions", files)
	if err != nil {
		return nil, err
	}
	cores := machine.Processors()
	settings := "runtimes: { policy: " + policy + ", shedTarget: 0s, queue: 10000 }\n"
	s, err := b.Rig.Stage(ctx, rig.StageConfig{Node: rig.NodeConfig{Functions: folder, Runtimes: 2 * cores, Settings: settings}})
	if err != nil {
		return nil, err
	}
	if _, _, err := load(ctx, b, s, loadgen.Step{Callers: 8, Duration: span(b) / 4}, 0, shorts); err != nil {
		return nil, err
	}
	alone, _, err := load(ctx, b, s, loadgen.Step{Callers: 1, Duration: span(b) / 4}, span(b)/8, longs)
	if err != nil {
		return nil, err
	}
	if alone.OK.P50 == 0 {
		return nil, errors.New("no long call ended well")
	}
	rate := 0.5 * float64(cores) * 1e6 / float64(alone.OK.P50)
	var both sync.WaitGroup
	var many, few *loadgen.StepResult
	var used rig.Use
	var errMany, errFew error
	both.Go(func() {
		few, _, errFew = load(ctx, b, s, loadgen.Step{Rate: rate, Duration: 2 * span(b)}, 0, longs)
	})
	many, used, errMany = load(ctx, b, s, loadgen.Step{Rate: 200, Duration: 2 * span(b)}, 0, shorts)
	both.Wait()
	if err := errors.Join(errMany, errFew); err != nil {
		return nil, err
	}
	return &lab.Took{
		Metrics: map[string]float64{
			"rate": many.Rate + few.Rate, "short-p50": ms(many.Latency.P50), "short-p99": ms(many.Latency.P99), "long-p99": ms(few.Latency.P99),
			"memory": float64(used.Resident) / (1 << 20),
		},
	}, nil
}

func runAffinity(ctx context.Context, b *lab.Bench, on bool) (*lab.Took, error) {
	files := map[string]string{}
	var targets []loadgen.Target
	for i := range 60 {
		name := "f" + strconv.Itoa(i)
		files[name+".js"] = short
		targets = append(targets, loadgen.Target{Subject: "fn." + name, Weight: 1})
	}
	folder, err := b.Rig.Files("functions", files)
	if err != nil {
		return nil, err
	}
	settings := fmt.Sprintf("runtimes: { affinity: %t }\n", on)
	s, err := b.Rig.Stage(ctx, rig.StageConfig{Node: rig.NodeConfig{Functions: folder, Runtimes: 4, Settings: settings}})
	if err != nil {
		return nil, err
	}
	step, used, err := load(ctx, b, s, loadgen.Step{Callers: 4, Duration: span(b)}, 0, targets)
	if err != nil {
		return nil, err
	}
	if step.Ends[loadgen.EndOK] == 0 {
		return nil, fmt.Errorf("no call ended well: %v", step.Ends)
	}
	return &lab.Took{Metrics: map[string]float64{
		"rate": step.Rate, "p50": ms(step.OK.P50), "p99": ms(step.OK.P99), "memory": float64(used.Resident) / (1 << 20),
		"cpu": used.CPU.Seconds() * 1000 / float64(step.Ends[loadgen.EndOK]),
	}}, nil
}

func charts(r *lab.Results) []chart.Chart {
	var numbers []string
	for n := 1; n <= 4; n++ {
		numbers = append(numbers, number(n))
	}
	each := func(i int) float64 { return float64(i + 1) }
	var ids []string
	for _, p := range policies() {
		ids = append(ids, "policy/"+p)
	}
	x := chart.Axis{Label: "isolates for each processor"}
	return []chart.Chart{
		{
			Name: "rate", Title: "Throughput of the ten functions, 64 callers", Caption: chart.Spread, X: x, Y: chart.Axis{Label: "calls that ended well", Unit: "1/s", Zero: true},
			Series: []chart.Series{r.Line("", "rate", numbers, each)},
		},
		{
			Name: "latency", Title: "Time to reply, 64 callers", Caption: chart.Spread, X: x, Y: chart.Axis{Label: "time to reply", Unit: "ms", Zero: true},
			Series: []chart.Series{r.Line("median", "p50", numbers, each), r.Line("99th percentile", "p99", numbers, each)},
		},
		{
			Name: "memory", Title: "Memory of the node", Caption: chart.Spread, X: x, Y: chart.Axis{Label: "memory", Unit: "MiB", Zero: true},
			Series: []chart.Series{r.Line("", "memory", numbers, each)},
		},
		{
			Name: "policies", Title: "Short functions beside long ones", Caption: chart.Spread, Kind: chart.Dots, X: chart.Axis{Label: "how a message comes to an isolate", Categories: policies()},
			Y:      chart.Axis{Label: "time to reply", Unit: "ms", Log: true},
			Series: []chart.Series{r.Across("short, median", "short-p50", ids), r.Across("short, 99th percentile", "short-p99", ids), r.Across("long, 99th percentile", "long-p99", ids)},
		},
	}
}

func claims(*lab.Results) []lab.Claim {
	f := func(point, metric string) lab.Figure { return lab.Figure{Point: point, Metric: metric} }
	over := func(a, b lab.Figure) lab.Figure { a.Over = &b; return a }
	const limits = "one machine; functions that compute some tenths of a millisecond, or wait."
	list := []lab.Claim{
		{
			Name: "one-isolate-for-each-processor", Topic: "How many isolates a node should have",
			Figures: map[string]lab.Figure{
				"one": f(number(1), "rate"), "four": f(number(4), "rate"), "times": over(f(number(4), "rate"), f(number(1), "rate")), "memory": over(f(number(4), "memory"), f(number(1), "memory")),
			},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtMost, Bound: 1.1}},
			Then:      "Have one isolate for each processor: it serves {one}, four serve {four}, and four take {memory} the memory.",
			Otherwise: "More isolates than processors serve more here: {four} with four for each, {one} with one.",
			Limits:    limits,
		},
		{
			Name: "affinity-pays", Topic: "How a message should come to an isolate",
			Figures: map[string]lab.Figure{
				"on": f("affinity/on", "rate"), "off": f("affinity/off", "rate"), "times": over(f("affinity/on", "rate"), f("affinity/off", "rate")), "memory": over(f("affinity/on", "memory"), f("affinity/off", "memory")),
			},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtLeast, Bound: 1.05}},
			Then:      "Prefer an isolate where the function is warm: {times} as many calls are served, {on} where it is {off} without.",
			Otherwise: "Preferring a warm isolate is worth little in throughput here: {on} with it, {off} without, and {memory} of the memory.",
			Limits:    "sixty functions that have room to be warm everywhere; it is worth more where contexts are evicted.",
		},
	}
	for _, other := range policies()[1:] {
		list = append(list, lab.Claim{
			Name: "pull-beats-" + other, Topic: "How a message should come to an isolate",
			Figures: map[string]lab.Figure{
				"pull": f("policy/pull", "short-p99"), "other": f("policy/"+other, "short-p99"), "times": over(f("policy/"+other, "short-p99"), f("policy/pull", "short-p99")),
			},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtLeast, Bound: 1.3}},
			Then:      "Have free isolates pull rather than be given work by " + other + ": beside long calls the short ones take {pull} at the 99th percentile where they take {other}, {times} that.",
			Otherwise: "Pull and " + other + " do not differ much for short calls beside long ones: {pull} and {other} at the 99th percentile.",
			Limits:    "half of the processors busy with long calls; at low load no policy matters.",
		})
	}
	return list
}
