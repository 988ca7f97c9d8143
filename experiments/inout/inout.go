// Package inout is the experiment on functions that wait: what it is worth that an isolate
// takes other calls meanwhile, how many may wait in one, and what those that compute
// beside them notice.
package inout

import (
	"context"
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
)

// callers is how many call at once where the wait changes.
const callers = 64

// Experiment is the experiment.
func Experiment() lab.Experiment {
	return lab.Experiment{
		Name: "io", Title: "Functions that wait",
		Question: "What is gained when an isolate takes other calls while one waits, where does it bend, and what do computing functions beside it notice?",
		Method: `One isolate. *Wait*: 64 callers call a function that fetches a page which takes 0 to 500 ms; *yielding* is the isolate as
it is, *blocking* has it take one call at a time (` + "`runtimes.maxInflight: 1`" + `), as an engine does that waits inside the call.
*In flight*: so many callers as are to wait at once call a function that waits on a timer for 200 ms; overhead is what the median
takes beyond that. *Fairness*: a function that computes half a millisecond is called 100 times a second in an open loop, alone and
with 500 calls that wait beside it. The node says every 50 ms whether the isolate is in a turn: *idle* is the part of those in
which it was not, with what waits in flight: waiting is known from the promises that are pending when a turn ends, and costs no turn.`,
		Metrics: []record.Metric{
			{Name: "rate", Unit: "calls/s", Meaning: "calls that ended well"},
			{Name: "p50", Unit: "ms", Meaning: "time to reply, median"},
			{Name: "p99", Unit: "ms", Meaning: "time to reply, 99th percentile", Tolerance: judge.Tolerance{Relative: 0.5}},
			{Name: "overhead", Unit: "ms", Meaning: "what the median takes beyond the wait", Tolerance: judge.Tolerance{Relative: 0.5, Absolute: 2}},
			{Name: "cpu", Unit: "ms", Meaning: "processor time of the node for each call"},
			{Name: "memory", Unit: "MiB", Meaning: "memory of the node after it", Tolerance: judge.Tolerance{Relative: 0.3}},
			{Name: "idle", Unit: "%", Meaning: "looks at which the isolate was in no turn", Tolerance: judge.Tolerance{Relative: 0.5, Absolute: 15}},
			{Name: "inflight", Meaning: "calls in flight in the isolate at those looks, median", Tolerance: judge.Tolerance{Relative: 0.3, Absolute: 2}},
			{Name: "bad", Unit: "%", Meaning: "calls that did not end well", Tolerance: judge.Tolerance{Absolute: 1}},
		},
		Configuration: map[string]string{"runtimes": "1", "limits.inflight": "20000", "shedding": "off"},
		Points:        points, Run: run, Charts: charts, Claims: claims, Length: 200 * time.Second,
	}
}

func waits(s lab.Scale) []int {
	return lab.Pick(s, []int{0, 5, 20, 50, 100, 500}, []int{0, 50}, []int{5})
}

func flights(s lab.Scale) []int {
	return lab.Pick(s, []int{1, 10, 100, 1000, 3000, 10000}, []int{1, 100, 1000}, []int{10})
}

func points(s lab.Scale) []lab.Point {
	repeat := lab.Pick(s, 3, 1, 1)
	var list []lab.Point
	for _, wait := range waits(s) {
		for _, how := range lab.Pick(s, []string{"yielding", "blocking"}, []string{"yielding", "blocking"}, []string{"blocking"}) {
			list = append(list, lab.Point{ID: how + "/" + strconv.Itoa(wait), Params: lab.Params{"kind": how, "n": wait}, Repeat: repeat})
		}
	}
	for _, n := range flights(s) {
		list = append(list, lab.Point{ID: "inflight/" + strconv.Itoa(n), Params: lab.Params{"kind": "inflight", "n": n}, Repeat: repeat})
	}
	for _, n := range lab.Pick(s, []int{0, 500}, []int{0, 100}, []int{10}) {
		list = append(list, lab.Point{ID: "beside/" + strconv.Itoa(n), Params: lab.Params{"kind": "beside", "n": n}, Repeat: repeat})
	}
	return list
}

// The functions: one fetches, one waits, one computes.
const (
	fetching = "export default async (msg) => { const r = await fetch(msg.json().url); return { bytes: (await r.text()).length }; };\n"
	waiting  = "export default async (msg) => { await new Promise((done) => setTimeout(done, msg.json().ms)); return { ok: true }; };\n"
	counting = "const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));\nexport default () => ({ value: fib(21) });\n"
	manifest = "limits: { inflight: 20000 }\npermissions: { net: [\"127.0.0.1:*\"] }\n"
	// timer is how long those wait that are counted in flight, in milliseconds.
	timer = 200
)

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	folder, err := b.Rig.Files("functions", map[string]string{
		"fetching.js": fetching, "fetching.yaml": manifest, "waiting.js": waiting, "waiting.yaml": manifest, "counting.js": counting,
	})
	if err != nil {
		return nil, err
	}
	inflight := 20000
	if p.Word("kind") == "blocking" {
		inflight = 1
	}
	settings := fmt.Sprintf("runtimes: { count: 1, maxInflight: %d, queue: 20000, shedTarget: 0s }\n", inflight)
	s, err := b.Rig.Stage(ctx, rig.StageConfig{Pages: true, Node: rig.NodeConfig{Functions: folder, Settings: settings}})
	if err != nil {
		return nil, err
	}
	n := p.Number("n")
	span := lab.Pick(b.Scale, 2500*time.Millisecond, 800*time.Millisecond, 300*time.Millisecond)
	wait := loadgen.Target{Subject: "fn.waiting", Weight: 1, Payload: fmt.Appendf(nil, `{"ms":%d}`, timer)}
	switch p.Word("kind") {
	case "inflight":
		took, err := measure(ctx, b, s, loadgen.Step{Callers: n, Duration: span}, wait)
		if err == nil {
			took.Metrics["overhead"] = max(took.Metrics["p50"]-timer, 0)
		}
		return took, err
	case "beside":
		return beside(ctx, b, s, n, span, wait)
	default:
		target := loadgen.Target{Subject: "fn.fetching", Weight: 1, Payload: fmt.Appendf(nil, `{"url":"%s/page?ms=%d"}`, s.Origin, n)}
		return measure(ctx, b, s, loadgen.Step{Callers: callers, Duration: span}, target)
	}
}

// beside measures the function that computes, with n calls that wait.
func beside(ctx context.Context, b *lab.Bench, s *rig.Stage, n int, span time.Duration, wait loadgen.Target) (*lab.Took, error) {
	var both sync.WaitGroup
	defer both.Wait()
	if n > 0 {
		cfg := loadgen.DefaultConfig()
		cfg.Seed, cfg.Warmup, cfg.Targets = b.Seed, 0, []loadgen.Target{wait}
		cfg.Steps = []loadgen.Step{{Callers: n, Duration: span + 2*time.Second}}
		crowd, cancel := context.WithCancel(ctx)
		defer cancel() // what it shows is not wanted
		both.Go(func() { _, _ = loadgen.Run(crowd, s.Dial, cfg, nil) })
	}
	return measure(ctx, b, s, loadgen.Step{Rate: 100, Duration: span}, loadgen.Target{Subject: "fn.counting", Weight: 1})
}

// measure sends a load, and looks at the isolate meanwhile.
func measure(ctx context.Context, b *lab.Bench, s *rig.Stage, step loadgen.Step, target loadgen.Target) (*lab.Took, error) {
	cfg := loadgen.DefaultConfig()
	cfg.Seed, cfg.Warmup, cfg.Steps, cfg.Targets = b.Seed, 300*time.Millisecond, []loadgen.Step{step}, []loadgen.Target{target}
	meter, err := rig.NewMeter(s.Node)
	if err != nil {
		return nil, err
	}
	looking, stop := context.WithCancel(ctx)
	var eye sync.WaitGroup
	var idle, looks float64
	var flying []float64
	eye.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-looking.Done():
				return
			case <-tick.C:
			}
			seen, err := rig.AskIsolates(looking, s.Conn, "node")
			if err != nil || len(seen.Runtimes) != 1 {
				continue
			}
			looks++
			flying = append(flying, float64(seen.Runtimes[0].Inflight))
			if seen.Runtimes[0].State == "idle" {
				idle++
			}
		}
	})
	result, err := loadgen.Run(ctx, s.Dial, cfg, nil)
	stop()
	eye.Wait()
	if err != nil {
		return nil, err
	}
	used, err := meter.Stop()
	if err != nil {
		return nil, err
	}
	out := result.Steps[0]
	ok := float64(out.Ends[loadgen.EndOK])
	total := 0.0
	for _, n := range out.Ends {
		total += float64(n)
	}
	if ok == 0 {
		return nil, fmt.Errorf("no call ended well: %v", out.Ends)
	}
	took := &lab.Took{Notes: out.Limits, Metrics: map[string]float64{
		"rate": out.Rate, "p50": float64(out.Latency.P50) / 1000, "p99": float64(out.Latency.P99) / 1000,
		"cpu": used[0].CPU.Seconds() * 1000 / ok, "memory": float64(used[0].Resident) / (1 << 20), "bad": 100 * (total - ok) / total,
	}}
	if looks > 0 {
		took.Metrics["idle"], took.Metrics["inflight"] = 100*idle/looks, judge.Median(flying)
	}
	return took, nil
}

func charts(r *lab.Results) []chart.Chart {
	s := lab.Scale(r.Header.Scale)
	ids := func(kind string, values []int) []string {
		var list []string
		for _, v := range values {
			list = append(list, kind+"/"+strconv.Itoa(v))
		}
		return list
	}
	wait := func(i int) float64 { return float64(waits(s)[i]) }
	flight := func(i int) float64 { return float64(flights(s)[i]) }
	many := chart.Axis{Label: "calls that wait in one isolate", Log: true}
	f := ids("inflight", flights(s))
	return []chart.Chart{
		{
			Name: "waits", Title: "Throughput of one isolate whose function fetches a page, 64 callers", Caption: chart.Spread, X: chart.Axis{Label: "time that the page takes", Unit: "ms"},
			Y:      chart.Axis{Label: "calls that ended well", Unit: "1/s", Log: true},
			Series: []chart.Series{r.Line("yielding", "rate", ids("yielding", waits(s)), wait), r.Line("blocking", "rate", ids("blocking", waits(s)), wait)},
		},
		{
			Name: "overhead", Title: "What a call takes beyond a wait of 200 ms", Caption: chart.Spread, X: many, Y: chart.Axis{Label: "time beyond the wait, median", Unit: "ms", Zero: true},
			Series: []chart.Series{r.Line("", "overhead", f, flight)},
		},
		{
			Name: "inflight", Title: "Throughput with calls that wait 200 ms", Caption: chart.Spread, X: many, Y: chart.Axis{Label: "calls that ended well", Unit: "1/s", Log: true},
			Series: []chart.Series{r.Line("", "rate", f, flight)},
		},
		{Name: "memory", Title: "Memory of the node", Caption: chart.Spread, X: many, Y: chart.Axis{Label: "memory", Unit: "MiB", Zero: true}, Series: []chart.Series{r.Line("", "memory", f, flight)}},
		{Name: "idle", Title: "How much of the time the isolate is in no turn", Caption: chart.Spread, X: many, Y: chart.Axis{Label: "looks at which it was idle", Unit: "%", Zero: true}, Series: []chart.Series{r.Line("", "idle", f, flight)}},
	}
}

func claims(r *lab.Results) []lab.Claim {
	s := lab.Scale(r.Header.Scale)
	f := func(point, metric string) lab.Figure { return lab.Figure{Point: point, Metric: metric} }
	over := func(a, b lab.Figure) lab.Figure { a.Over = &b; return a }
	wait := strconv.Itoa(lab.Pick(s, 100, 50, 5))
	crowd := strconv.Itoa(lab.Pick(s, 500, 100, 10))
	most := flights(s)[len(flights(s))-1]
	thousand := "inflight/" + strconv.Itoa(lab.Pick(s, 1000, 1000, 10))
	return []lab.Claim{
		{
			Name: "yield-while-waiting", Topic: "Functions that wait",
			Figures:   map[string]lab.Figure{"yielding": f("yielding/"+wait, "rate"), "blocking": f("blocking/"+wait, "rate"), "times": over(f("yielding/"+wait, "rate"), f("blocking/"+wait, "rate"))},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtLeast, Bound: 10}},
			Then:      "Never hold an isolate for a call that waits: with pages of " + wait + " ms one that yields serves {yielding}, one that blocks {blocking}, and so {times} as many calls.",
			Otherwise: "With pages of " + wait + " ms an isolate that yields serves {yielding}, {times} of one that blocks.",
			Limits:    "64 callers; with fewer at once there is less to gain.",
		},
		{
			Name: "a-thousand-may-wait", Topic: "Functions that wait",
			Figures:   map[string]lab.Figure{"overhead": f(thousand, "overhead"), "inflight": f(thousand, "inflight"), "idle": f(thousand, "idle")},
			When:      []lab.Condition{{Figure: "overhead", Is: judge.AtMost, Bound: 50}},
			Then:      "Let hundreds of calls wait in one isolate: with {inflight} in flight the median call takes {overhead} longer than its wait.",
			Otherwise: "With {inflight} in flight in one isolate the median call takes {overhead} longer than its wait: spread them over more.",
			Limits:    "calls that do nothing but wait 200 ms; what they keep in memory counts too.",
		},
		{
			Name: "where-waiting-bends", Topic: "Functions that wait",
			Figures: map[string]lab.Figure{
				"most": f("inflight/"+strconv.Itoa(most), "overhead"), "idle": f("inflight/"+strconv.Itoa(most), "idle"), "cpu": f("inflight/"+strconv.Itoa(most), "cpu"), "rate": f("inflight/"+strconv.Itoa(most), "rate"),
			},
			When:      []lab.Condition{{Figure: "most", Is: judge.AtLeast, Bound: 100}},
			Then:      "Bound what waits by the turns that it costs, not by its number: " + strconv.Itoa(most) + " callers get {rate}, each call costs {cpu} of processor time, and the median takes {most} longer than its wait.",
			Otherwise: "Even " + strconv.Itoa(most) + " callers are served within {most} of their wait, at {rate}.",
			Limits:    "the load generator runs on the same machine.",
		},
		{
			Name: "waiting-does-not-hold-up", Topic: "Functions that wait",
			Figures:   map[string]lab.Figure{"alone": f("beside/0", "p99"), "beside": f("beside/"+crowd, "p99"), "times": over(f("beside/"+crowd, "p50"), f("beside/0", "p50"))},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtMost, Bound: 3}},
			Then:      "Functions that compute and functions that wait can share an isolate: the median of one that computes is {times} that without " + crowd + " waiting calls beside it. What waits shows in the tail: the 99th percentile is {beside} beside them, and {alone} alone.",
			Otherwise: "Functions that compute notice " + crowd + " waiting calls beside them: their median is {times} that without.",
			Limits:    "the waits end spread over time; many that end at one moment are as many turns in a row.",
		},
	}
}
