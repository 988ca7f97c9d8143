// Package singlenode is the experiment on the load that one node takes: at which rate
// message handling on NATS breaks, what shows it first, what is saturated then, and what
// becomes of it beyond that rate and after.
package singlenode

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
	"github.com/isolane/isolane/experiments/loadgen"
	"github.com/isolane/isolane/experiments/machine"
	"github.com/isolane/isolane/experiments/workload"
)

// core and stream are how messages come.
const (
	core   = "request"
	stream = "stream"
)

// patience is how long a node may take to recover.
const patience = 30 * time.Second

// The rule of the knee.
const (
	// latencyBound is what the 99th percentile may be, in milliseconds; a page alone takes 100.
	latencyBound = 250
	// badBound is the part of the calls that may not end well.
	badBound = 0.005
	// pendingBound is the part of a step's messages that may wait when it ends.
	pendingBound = 0.2
)

// load is one step of the ramp, as it was seen.
type load struct {
	rate, served, p50, p99 float64
	bad                    float64
	// pending is the part of the step's messages that waits in the stream when it ends, over 1
	// where older ones do too; redelivered are those that were delivered again in the step.
	pending, redelivered float64
	// node, server, client and pages are processors that each kept busy; delay is how long
	// calls waited for an isolate at the end.
	node, server, client, pages, delay float64
	ends                               map[string]uint64
	limited                            bool
}

// broken says what shows that a step is beyond the knee; "" where nothing does. It is the
// rule: a pure function.
func broken(s load) string {
	switch {
	case s.ends["overloaded"] > 0 && s.bad > badBound:
		return "503 overloaded"
	case s.ends[loadgen.EndNoReply]+s.ends["timeout"] > 0 && s.bad > badBound:
		return "timeout"
	case s.bad > badBound:
		return "other failures"
	case s.pending > pendingBound:
		return "pending messages grow"
	case s.redelivered > 0:
		return "redelivery"
	case s.p99 > latencyBound:
		return "latency"
	default:
		return ""
	}
}

// saturated names what is at its limit: who keeps its processors busy, or nobody.
func saturated(s load, nodeCores float64) string {
	switch {
	case s.node > 0.85*nodeCores:
		return "the node's processor"
	case s.limited:
		return "the load generator"
	case s.server+s.client+s.pages > 0.9:
		return "the processor of NATS, client and pages"
	case s.delay > 50:
		return "the isolates"
	default:
		return "nothing that was measured"
	}
}

func points(s lab.Scale) []lab.Point {
	var list []lab.Point
	for _, via := range []string{core, stream} {
		list = append(list, lab.Point{ID: via, Params: lab.Params{"via": via}, Repeat: lab.Pick(s, 3, 1, 1)})
	}
	return list
}

// places puts the node on one half of the processors and the rest on the other; with one
// processor nothing is pinned.
func places() (node, rest rig.Place, cores float64) {
	n := machine.Processors()
	if n < 2 {
		return rig.Place{}, rig.Place{}, 1
	}
	var first, second []int
	for i := range n {
		if i < n/2 {
			first = append(first, i)
		} else {
			second = append(second, i)
		}
	}
	return rig.Place{CPUs: second}, rig.Place{CPUs: first}, float64(n - n/2)
}

// site is what a repetition is measured on.
type site struct {
	b     *lab.Bench
	stage *rig.Stage
	rest  rig.Place
	cfg   loadgen.Config
	via   string
	js    jetstream.JetStream
	// redelivered is what the consumers had redelivered until now.
	redelivered uint64
}

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	s, cores, err := build(ctx, b, p.Word("via"))
	if err != nil {
		return nil, err
	}
	span := lab.Pick(b.Scale, 2500*time.Millisecond, time.Second, 400*time.Millisecond)
	factor := lab.Pick(b.Scale, 1.25, 1.8, 4.0)
	took := &lab.Took{Metrics: map[string]float64{}}
	ramp, knee := []load{}, load{}
	sign := ""
	for rate := lab.Pick(b.Scale, 150.0, 150.0, 20.0); len(ramp) < 20; rate *= factor {
		step, err := s.step(ctx, rate, span)
		if err != nil {
			return nil, err
		}
		ramp = append(ramp, step)
		b.Say("single-node: %s at %.0f/s: %.0f/s ok, p99 %.0f ms, %s", s.via, rate, step.served, step.p99, broken(step))
		if broken(step) != "" { // once more: a step is short, and something else may have been
			if step, err = s.step(ctx, rate, span); err != nil {
				return nil, err
			}
		}
		if sign = broken(step); sign != "" {
			took.Notes = append(took.Notes, fmt.Sprintf("first sign: %s at %.0f/s (%s)", sign, rate, endings(step.ends)), "saturated then: "+saturated(step, cores))
			took.Cells = append(took.Cells, record.Cell{Row: s.via, Column: "first sign", Value: sign}, record.Cell{Row: s.via, Column: "saturated", Value: saturated(step, cores)})
			break
		}
		knee = step
	}
	if knee.rate == 0 {
		return nil, fmt.Errorf("the first step is beyond the knee already: %s", sign)
	}
	if sign == "" {
		return nil, errors.New("it did not break within twenty steps")
	}
	took.Metrics["knee"], took.Metrics["knee-p99"], took.Metrics["knee-p50"] = knee.rate, knee.p99, knee.p50
	took.Metrics["knee-node"], took.Metrics["knee-nats"], took.Metrics["knee-client"] = knee.node, knee.server, knee.client
	for name, times := range map[string]float64{"over-15": 1.5, "over-20": 2} {
		step, err := s.step(ctx, times*knee.rate, span)
		if err != nil {
			return nil, err
		}
		took.Metrics[name+"-served"], took.Metrics[name+"-p99"] = 100*step.served/knee.rate, step.p99
		took.Metrics[name+"-bad"] = 100 * step.bad
		took.Cells = append(took.Cells, record.Cell{Row: s.via, Column: fmt.Sprintf("%.1f times the knee", times), Value: endings(step.ends)})
	}
	recovery, err := s.recover(ctx, 0.5*knee.rate, span)
	if err != nil {
		return nil, err
	}
	took.Metrics["recovery"] = recovery
	took.Series = series(ramp)
	return took, nil
}

func endings(ends map[string]uint64) string {
	text := ""
	for _, end := range slices.Sorted(maps.Keys(ends)) {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s %d", end, ends[end])
	}
	return text
}

func series(ramp []load) []record.Series {
	var list []record.Series
	for _, of := range []struct {
		name, y string
		value   func(load) float64
	}{
		{"served", "calls/s", func(s load) float64 { return s.served }},
		{"p50", "ms", func(s load) float64 { return s.p50 }},
		{"p99", "ms", func(s load) float64 { return s.p99 }},
		{"node", "processors", func(s load) float64 { return s.node }},
		{"NATS", "processors", func(s load) float64 { return s.server }},
		{"client", "processors", func(s load) float64 { return s.client }},
		{"pages", "processors", func(s load) float64 { return s.pages }},
		{"pending", "%", func(s load) float64 { return 100 * s.pending }},
	} {
		out := record.Series{Name: of.name, X: "calls/s", Y: of.y}
		for _, s := range ramp {
			out.Points = append(out.Points, [2]float64{s.rate, of.value(s)})
		}
		list = append(list, out)
	}
	return list
}

// build sets everything up, and calls each function a few times.
func build(ctx context.Context, b *lab.Bench, via string) (*site, float64, error) {
	folder, err := b.Rig.Files("functions", nil)
	if err != nil {
		return nil, 0, err
	}
	node, rest, cores := places()
	stage, err := b.Rig.Stage(ctx, rig.StageConfig{Pages: true, PagesPlace: rest, Server: rig.NATSConfig{Place: rest, JetStream: via == stream}})
	if err != nil {
		return nil, 0, err
	}
	s := &site{b: b, stage: stage, rest: rest, via: via, cfg: loadgen.DefaultConfig()}
	s.cfg.Seed, s.cfg.Warmup, s.cfg.Timeout = b.Seed, 0, 2*time.Second
	prefix := "fn."
	if err := workload.Write(folder, ""); err != nil {
		return nil, 0, err
	}
	if via == stream {
		if s.js, err = jetstream.New(stage.Conn); err != nil {
			return nil, 0, err
		}
		if _, err := s.js.CreateStream(ctx, jetstream.StreamConfig{Name: streamName, Subjects: []string{"work.*"}, Storage: jetstream.FileStorage}); err != nil {
			return nil, 0, fmt.Errorf("make the stream: %w", err)
		}
		if err := triggers(folder); err != nil {
			return nil, 0, err
		}
		prefix, s.cfg.Via = "work.", loadgen.ViaStream
	}
	s.cfg.Targets = rig.Targets(prefix, stage.Origin, false)
	if stage.Node, err = b.Rig.Node(ctx, rig.NodeConfig{Place: node, Functions: folder, NATS: stage.Server.URL}); err != nil {
		return nil, 0, err
	}
	warming := lab.Pick(b.Scale, 2*time.Second, time.Second, 300*time.Millisecond)
	_, err = s.step(ctx, lab.Pick(b.Scale, 150.0, 100.0, 20.0), warming)
	return s, cores, err
}

// step sends one rate for a time, and takes down everything.
func (s *site) step(ctx context.Context, rate float64, span time.Duration) (load, error) {
	meter, err := rig.NewMeter(s.stage.Node, s.stage.Server.Process, s.stage.Pages)
	if err != nil {
		return load{}, err
	}
	result, err := s.b.Rig.Open(ctx, s.rest, s.stage.Server.URL, s.cfg, rate, span)
	if err != nil {
		return load{}, err
	}
	used, err := meter.Stop()
	if err != nil {
		return load{}, err
	}
	out := load{
		rate: rate, served: result.Rate, p50: float64(result.Latency.P50) / 1000, p99: float64(result.Latency.P99) / 1000, bad: rig.Bad(result),
		client: result.Cores, ends: result.Ends, limited: len(result.Limits) > 0,
	}
	// The meter ran while the generator started, too.
	part := used[0].Over.Seconds() / span.Seconds()
	out.node, out.server, out.pages = used[0].Cores*part, used[1].Cores*part, used[2].Cores*part
	if seen, err := rig.AskIsolates(ctx, s.stage.Conn, "node"); err == nil {
		out.delay = seen.QueueDelayMS
	}
	if s.js == nil {
		return out, nil
	}
	err = s.consumers(ctx, span, &out)
	return out, err
}

// recover sends half of what the node can take until a step is as it should be, and says how
// many milliseconds that took; patience where it never was.
func (s *site) recover(ctx context.Context, rate float64, span time.Duration) (float64, error) {
	began, patience := time.Now(), lab.Pick(s.b.Scale, patience, 10*time.Second, time.Second)
	for time.Since(began) < patience {
		step, err := s.step(ctx, rate, span/2)
		if err != nil {
			return 0, err
		}
		if broken(step) == "" {
			return float64((time.Since(began) - span/2).Milliseconds()), nil
		}
	}
	return float64(patience.Milliseconds()), nil
}
