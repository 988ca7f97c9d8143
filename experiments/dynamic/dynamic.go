// Package dynamic is the experiment on runtimes that come and go while a node is under
// load: told to, and by the load itself.
package dynamic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/calls"
	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
)

// Experiment is the experiment.
func Experiment() lab.Experiment {
	return lab.Experiment{
		Name: "dynamic", Title: "Runtimes that come and go under load",
		Question: "How long until a runtime that is added takes work, what do the other calls notice, and does the number follow the load?",
		Method: `*Scale*: a node with two isolates gets calls in an open loop that compute some tenths of a millisecond and then wait ten. It is told
to have six isolates, and later two again. *up* is the time from the request until six isolates are ready to take work, *down* until two
are left. The calls of the second after each change are compared with those of the second before the first.
*Autoscale*: ` + "`runtimes: { count: 1, min: 1, max: 8 }`" + `; calls that compute some milliseconds come slowly, then so fast that one and a half isolates are needed, then slowly again, each phase a third
of the time. The node is asked ten times a second how many isolates it has.`,
		Metrics: []record.Metric{
			{Name: "up", Unit: "ms", Meaning: "from the request until four more isolates are ready", Tolerance: judge.Tolerance{Relative: 0.6, Absolute: 20}},
			{Name: "down", Unit: "ms", Meaning: "from the request until four are gone", Tolerance: judge.Tolerance{Relative: 0.6, Absolute: 20}},
			{Name: "before-p99", Unit: "ms", Meaning: "time to reply in the second before, 99th percentile", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "up-p99", Unit: "ms", Meaning: "that in the second after isolates were added", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "down-p99", Unit: "ms", Meaning: "that in the second after they were taken away", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "lost", Meaning: "calls without a reply, or with another outcome than ok", Tolerance: judge.Tolerance{Absolute: 0.5}},
			{Name: "calls", Meaning: "calls that were sent"},
			{Name: "most", Meaning: "the most isolates that the node had", Tolerance: judge.Tolerance{Relative: 0.5}},
			{Name: "least", Meaning: "the fewest that it had at the end", Tolerance: judge.Tolerance{Absolute: 2}},
			{Name: "reaction", Unit: "ms", Meaning: "from the load's rise until the node has more isolates", Tolerance: judge.Tolerance{Relative: 1}},
		},
		Points: func(s lab.Scale) []lab.Point {
			repeat := lab.Pick(s, 5, 1, 1)
			return []lab.Point{
				{ID: "scale", Params: lab.Params{"kind": "scale"}, Repeat: repeat},
				{ID: "autoscale", Params: lab.Params{"kind": "autoscale"}, Repeat: lab.Pick(s, 3, 1, 1)},
			}
		},
		Run: run, Charts: charts, Claims: claims, Length: 90 * time.Second,
	}
}

const source = `
const work = (rounds) => { let x = 0; for (let i = 0; i < rounds; i++) x = (x * 31 + i) | 0; return x; };
export default async (msg) => {
  const { rounds, wait } = msg.json();
  const value = work(rounds);
  if (wait) await new Promise((done) => setTimeout(done, wait));
  return { value };
};
`

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	folder, err := b.Rig.Files("functions", map[string]string{"work.js": source})
	if err != nil {
		return nil, err
	}
	auto := p.Word("kind") == "autoscale"
	settings := "runtimes: { count: 2, queue: 10000, shedTarget: 0s }\n"
	if auto {
		settings = "runtimes: { count: 1, min: 1, max: 8, queue: 10000, shedTarget: 0s }\n"
	}
	s, err := b.Rig.Stage(ctx, rig.StageConfig{Node: rig.NodeConfig{Functions: folder, Settings: settings}})
	if err != nil {
		return nil, err
	}
	if auto {
		return autoscale(ctx, b, s)
	}
	return scale(ctx, b, s)
}

// scale adds isolates and takes them away.
func scale(ctx context.Context, b *lab.Bench, s *rig.Stage) (*lab.Took, error) {
	phase := lab.Pick(b.Scale, 2*time.Second, 1200*time.Millisecond, 600*time.Millisecond)
	book := &calls.Book{Began: time.Now()}
	var sending sync.WaitGroup
	var sent error
	sending.Go(func() {
		sent = calls.Run(ctx, s.Conn, calls.Config{
			Subject: "fn.work", Rate: lab.Pick(b.Scale, 400, 200, 50), Duration: 3 * phase, Wait: 5 * time.Second,
			Payload: func(int) []byte { return []byte(`{"rounds":200000,"wait":10}`) },
		}, book)
	})
	defer sending.Wait()
	if err := until(ctx, book.Began.Add(phase)); err != nil {
		return nil, err
	}
	change := func(n int) (took time.Duration, at time.Duration, err error) {
		at = book.Since()
		if err := tell(ctx, s, n); err != nil {
			return 0, at, err
		}
		err = await(ctx, s, func(seen *rig.Isolates) bool {
			ready := 0
			for _, r := range seen.Runtimes {
				if r.State == "idle" || r.State == "busy" {
					ready++
				}
			}
			return ready == n && len(seen.Runtimes) == n
		})
		return book.Since() - at, at, err
	}
	up, added, err := change(6)
	if err != nil {
		return nil, err
	}
	if err := until(ctx, book.Began.Add(2*phase)); err != nil {
		return nil, err
	}
	down, taken, err := change(2)
	if err != nil {
		return nil, err
	}
	sending.Wait()
	if sent != nil {
		return nil, sent
	}
	list := book.Calls()
	lost := 0.0
	for _, c := range list {
		if c.End != "ok" || c.Replies != 1 {
			lost++
		}
	}
	return &lab.Took{
		Metrics: map[string]float64{
			"up": ms(up), "down": ms(down), "lost": lost, "calls": float64(len(list)),
			"before-p99": tail(list, added-time.Second, added), "up-p99": tail(list, added, added+time.Second), "down-p99": tail(list, taken, taken+time.Second),
		},
		Series: []record.Series{
			latencies(list, 100*time.Millisecond),
			{Name: "changes", X: "seconds", Y: "isolates", Points: [][2]float64{{added.Seconds(), 6}, {taken.Seconds(), 2}}},
		},
	}, nil
}

// heavy is a call that computes some milliseconds, and then waits twenty.
const heavy = `{"rounds":3000000,"wait":20}`

// brisk is the rate of heavy calls that keeps one and a half processors busy: more than one
// isolate can do.
func brisk(ctx context.Context, s *rig.Stage) (int, error) {
	var took []float64
	for range 9 {
		began := time.Now()
		asking, cancel := context.WithTimeout(ctx, 10*time.Second)
		_, err := s.Conn.RequestWithContext(asking, "fn.work", []byte(heavy))
		cancel()
		if err != nil {
			return 0, fmt.Errorf("call the function: %w", err)
		}
		took = append(took, (time.Since(began) - 20*time.Millisecond).Seconds())
	}
	return max(int(1.5/max(judge.Median(took), 0.001)), 20), nil
}

// autoscale lets the number follow a load that rises and falls.
func autoscale(ctx context.Context, b *lab.Bench, s *rig.Stage) (*lab.Took, error) {
	phase := lab.Pick(b.Scale, 5*time.Second, 2*time.Second, 700*time.Millisecond)
	book := &calls.Book{Began: time.Now()}
	var watching sync.WaitGroup
	looking, stop := context.WithCancel(ctx)
	defer func() { stop(); watching.Wait() }()
	var mu sync.Mutex
	var isolates [][2]float64
	watching.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			if seen, err := rig.AskIsolates(looking, s.Conn, "node"); err == nil {
				mu.Lock()
				isolates = append(isolates, [2]float64{book.Since().Seconds(), float64(len(seen.Runtimes))})
				mu.Unlock()
			}
			select {
			case <-looking.Done():
				return
			case <-tick.C:
			}
		}
	})
	high, err := brisk(ctx, s)
	if err != nil {
		return nil, err
	}
	const low = 10 // under the least of high
	rise := 0.0
	var rates [][2]float64
	var all []calls.Call
	for _, rate := range []int{low, high, low} {
		at := book.Since()
		end := at + phase
		if high == rate {
			rise = at.Seconds()
		}
		// Between two phases nothing is sent: what was sent last is waited for.
		rates = append(rates, [2]float64{at.Seconds(), 0}, [2]float64{at.Seconds(), float64(rate)}, [2]float64{end.Seconds(), float64(rate)}, [2]float64{end.Seconds(), 0})
		part := &calls.Book{Began: book.Began}
		err := calls.Run(ctx, s.Conn, calls.Config{
			Subject: "fn.work", Rate: rate, Duration: phase, Wait: 20 * time.Second, Payload: func(int) []byte { return []byte(heavy) },
		}, part)
		if err != nil {
			return nil, err
		}
		all = append(all, part.Calls()...)
	}
	// It gives isolates back when the load has been low for a while.
	settle := time.NewTimer(lab.Pick(b.Scale, 6*time.Second, 2*time.Second, 100*time.Millisecond))
	defer settle.Stop()
	select {
	case <-settle.C:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	stop()
	watching.Wait()
	took := &lab.Took{Metrics: map[string]float64{"calls": float64(len(all))}, Series: []record.Series{
		{Name: "isolates", X: "seconds", Y: "isolates", Points: isolates},
		{Name: "rate", X: "seconds", Y: "calls/s", Points: rates},
		latencies(all, 500*time.Millisecond),
	}}
	first, most, reaction := 0.0, 0.0, -1.0
	for _, p := range isolates {
		if p[0] < rise {
			first = p[1]
		} else if reaction < 0 && p[1] > first {
			reaction = (p[0] - rise) * 1000
		}
		most = max(most, p[1])
	}
	lost := 0.0
	for _, c := range all {
		if c.End != "ok" {
			lost++
		}
	}
	took.Metrics["lost"], took.Metrics["most"] = lost, most
	if len(isolates) > 0 {
		took.Metrics["least"] = isolates[len(isolates)-1][1]
	}
	if reaction >= 0 {
		took.Metrics["reaction"] = reaction
	}
	return took, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// tail is the 99th percentile of the calls sent from one time to another, in milliseconds.
func tail(list []calls.Call, from, to time.Duration) float64 {
	return calls.Percentile(list, from, to, 0.99)
}

// latencies are the 99th percentiles of slices.
func latencies(list []calls.Call, slice time.Duration) record.Series {
	s := record.Series{Name: "p99", X: "seconds", Y: "ms"}
	if len(list) == 0 {
		return s
	}
	for at := time.Duration(0); at <= list[len(list)-1].Sent; at += slice {
		if p := calls.Percentile(list, at, at+slice, 0.99); p > 0 {
			s.Points = append(s.Points, [2]float64{(at + slice/2).Seconds(), p})
		}
	}
	return s
}

// until waits for a time.
func until(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// tell has the node have n isolates.
func tell(ctx context.Context, s *rig.Stage, n int) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	m, err := s.Conn.RequestWithContext(ctx, "isolane.node.node.scale", fmt.Appendf(nil, `{"n":%d}`, n))
	if err != nil {
		return fmt.Errorf("scale the node: %w", err)
	}
	var answer struct{ Error string }
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return fmt.Errorf("scale the node: %w", err)
	}
	if answer.Error != "" {
		return errors.New(answer.Error)
	}
	return nil
}

// await asks the node again and again until what it says is as it should be.
func await(ctx context.Context, s *rig.Stage, reached func(*rig.Isolates) bool) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		seen, err := rig.AskIsolates(ctx, s.Conn, "node")
		if err != nil {
			return err
		}
		if reached(seen) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the node has not the isolates that it should: %+v: %w", *seen, context.Cause(ctx))
		}
	}
}

func charts(r *lab.Results) []chart.Chart {
	series := func(point, name string) []chart.Point {
		all := r.All(point)
		if len(all) == 0 {
			return nil
		}
		for _, s := range all[0].Series {
			if s.Name == name {
				var list []chart.Point
				for _, p := range s.Points {
					list = append(list, chart.Point{X: p[0], Y: p[1], Low: p[1], High: p[1]})
				}
				return list
			}
		}
		return nil
	}
	t := chart.Axis{Label: "time", Unit: "s"}
	var marks []chart.Mark
	for i, p := range series("scale", "changes") {
		marks = append(marks, chart.Mark{At: p.X, Label: []string{"2 to 6 isolates", "6 to 2"}[min(i, 1)]})
	}
	rate := series("autoscale", "rate")
	for i := range rate {
		rate[i].Y /= 100
	}
	return []chart.Chart{
		{
			Name: "scale", Title: "Time to reply while isolates come and go", Caption: "One run; 99th percentile of each tenth of a second.", Kind: chart.Curves, X: t,
			Y: chart.Axis{Label: "time to reply", Unit: "ms", Zero: true}, Series: []chart.Series{{Name: "", Points: series("scale", "p99")}}, Marks: marks,
		},
		{
			Name: "autoscale", Title: "Isolates follow the load", Caption: "One run; the node was asked ten times a second.", Kind: chart.Curves, X: t,
			Y: chart.Axis{Label: "isolates; load in 100 calls/s", Zero: true}, Series: []chart.Series{{Name: "isolates", Points: series("autoscale", "isolates")}, {Name: "load", Points: rate}},
		},
		{
			Name: "autoscale-latency", Title: "Time to reply meanwhile", Caption: "The same run; 99th percentile of each half second.", Kind: chart.Curves, X: t,
			Y: chart.Axis{Label: "time to reply", Unit: "ms", Log: true}, Series: []chart.Series{{Name: "", Points: series("autoscale", "p99")}},
		},
	}
}

func claims(*lab.Results) []lab.Claim {
	f := func(point, metric string) lab.Figure { return lab.Figure{Point: point, Metric: metric} }
	const limits = "one node of small isolates; functions with large modules take longer to be warm."
	return []lab.Claim{
		{
			Name: "runtimes-come-quickly", Topic: "Changing the number of isolates",
			Figures:   map[string]lab.Figure{"up": f("scale", "up"), "down": f("scale", "down"), "lost": f("scale", "lost")},
			When:      []lab.Condition{{Figure: "up", Is: judge.AtMost, Bound: 500}, {Figure: "lost", Is: judge.AtMost, Bound: 0}},
			Then:      "Add isolates when they are needed, not before: four more are ready {up} after they were asked for, and gone {down} after they were not. Of the calls meanwhile {lost} were lost.",
			Otherwise: "Add isolates ahead of the load: four more take {up}, and {lost} calls were lost meanwhile.",
			Limits:    limits,
		},
		{
			Name: "others-hardly-notice", Topic: "Changing the number of isolates",
			Figures:   map[string]lab.Figure{"before": f("scale", "before-p99"), "up": f("scale", "up-p99"), "down": f("scale", "down-p99"), "times": {Point: "scale", Metric: "up-p99", Over: &lab.Figure{Point: "scale", Metric: "before-p99"}}},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtMost, Bound: 3}},
			Then:      "Scaling in the middle of a load is safe: the 99th percentile is {before} in the second before, {up} in the one after four isolates were added, and {down} after they were taken away.",
			Otherwise: "Scaling shows in the tail: the 99th percentile is {before} before and {up} in the second after four isolates were added.",
			Limits:    limits,
		},
		{
			Name: "autoscale-follows", Topic: "Changing the number of isolates",
			Figures:   map[string]lab.Figure{"reaction": f("autoscale", "reaction"), "most": f("autoscale", "most"), "least": f("autoscale", "least"), "lost": f("autoscale", "lost")},
			When:      []lab.Condition{{Figure: "reaction", Is: judge.AtMost, Bound: 3000}, {Figure: "lost", Is: judge.AtMost, Bound: 0}},
			Then:      "Let the load decide where it changes within minutes: the node had more isolates {reaction} after the load rose, {most} at most, and {least} a few seconds after it fell. It lost {lost} calls.",
			Otherwise: "Do not rely on autoscaling for short peaks: the node had more isolates {reaction} after the load rose, and {lost} calls were lost.",
			Limits:    "more isolates than processors do not compute faster; what waits for a turn is what they help.",
		},
	}
}
