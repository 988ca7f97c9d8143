// Package multinode is the experiment on several nodes: each is held to the same part of a
// processor by a control group, so that one machine shows how capacity grows with nodes,
// and what becomes of the load when one of them ends.
package multinode

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/calls"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
	"github.com/isolane/isolane/experiments/lab/rig/quota"
	"github.com/isolane/isolane/experiments/loadgen"
	"github.com/isolane/isolane/experiments/workload"
)

const (
	// quotaOf is the part of a processor that a node may use. Five of them, NATS, the pages
	// and the load generator fit two processors.
	quotaOf = 0.2
	// latencyBound is what the 99th percentile may be, in milliseconds: a page takes 100,
	// and a node that is held waits up to 16 of every 20.
	latencyBound = 400
	badBound     = 0.01
	// underWay is for how long a call may have been under way when a node was killed.
	underWay = 500 * time.Millisecond
)

func sizes(s lab.Scale) []int { return lab.Pick(s, []int{1, 3, 5}, []int{1, 3}, []int{1, 2}) }

func most(s lab.Scale) int { return sizes(s)[len(sizes(s))-1] }

func clustered(n int) string { return "nodes/" + strconv.Itoa(n) }
func apart(n int) string     { return "apart/" + strconv.Itoa(n) }

func points(s lab.Scale) []lab.Point {
	var list []lab.Point
	repeat := lab.Pick(s, 3, 1, 1)
	search := lab.Pick(s, 7, 1, 1) // a search halves on single steps: three of them left linearity undecided
	for _, n := range sizes(s) {
		list = append(list, lab.Point{ID: clustered(n), Params: lab.Params{"kind": "capacity", "nodes": n, "spill": "on"}, Repeat: search})
	}
	if s == lab.Smoke {
		return append(list, lab.Point{ID: "killed/on", Params: lab.Params{"kind": "killed", "nodes": 2, "spill": "on"}, Repeat: repeat})
	}
	return append(list,
		lab.Point{ID: apart(most(s)), Params: lab.Params{"kind": "capacity", "nodes": most(s), "spill": "off"}, Repeat: search},
		lab.Point{ID: "killed/on", Params: lab.Params{"kind": "killed", "nodes": 3, "spill": "on"}, Repeat: repeat},
		lab.Point{ID: "killed/off", Params: lab.Params{"kind": "killed", "nodes": 3, "spill": "off"}, Repeat: repeat},
	)
}

// cluster is what a repetition is measured on.
type cluster struct {
	b     *lab.Bench
	stage *rig.Stage
	nodes []*rig.Process
	cfg   loadgen.Config
}

func build(ctx context.Context, b *lab.Bench, n int, spill bool) (*cluster, error) {
	folder, err := b.Rig.Files("functions", nil)
	if err != nil {
		return nil, err
	}
	if err := workload.Write(folder, ""); err != nil {
		return nil, err
	}
	stage, err := b.Rig.Stage(ctx, rig.StageConfig{Pages: true})
	if err != nil {
		return nil, err
	}
	c := &cluster{b: b, stage: stage, cfg: loadgen.DefaultConfig()}
	c.cfg.Seed, c.cfg.Warmup, c.cfg.Timeout = b.Seed, 200*time.Millisecond, 2*time.Second
	c.cfg.Targets = rig.Targets("fn.", stage.Origin, false)
	var joined []string
	for i := range n {
		cfg := rig.NodeConfig{
			Place: rig.Place{Cores: quotaOf}, Name: "node-" + strconv.Itoa(i), Functions: folder, NATS: stage.Server.URL, Runtimes: 1,
			Settings: "cluster: { preset: local, spillAt: 16 }\n",
		}
		if spill {
			address, err := rig.Address()
			if err != nil {
				return nil, err
			}
			cfg.Flags = []string{"--gossip", address}
			if len(joined) > 0 {
				cfg.Flags = append(cfg.Flags, "--join", strings.Join(joined, ","))
			}
			joined = append(joined, address)
		}
		node, err := b.Rig.StartNode(ctx, cfg)
		if errors.Is(err, quota.ErrNotPermitted) {
			return nil, fmt.Errorf("nodes cannot be held to the same part of a processor: run it as root, on Linux: %w", err)
		}
		if err != nil {
			return nil, err
		}
		c.nodes = append(c.nodes, node)
	}
	waiting, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, node := range c.nodes {
		if err := node.AwaitReady(waiting); err != nil {
			return nil, err
		}
	}
	// Every node has to have every function warm, and the cluster to have settled.
	warming := c.cfg
	warming.Warmup = 0
	warming.Steps = []loadgen.Step{{Callers: 8 * n, Duration: lab.Pick(b.Scale, 5*time.Second, 2*time.Second, 500*time.Millisecond)}}
	_, err = b.Rig.Load(ctx, rig.LoadConfig{NATS: stage.Server.URL, Load: warming})
	return c, err
}

func (c *cluster) step(ctx context.Context, rate float64, span time.Duration) (*loadgen.StepResult, error) {
	return c.b.Rig.Open(ctx, rig.Place{}, c.stage.Server.URL, c.cfg, rate, span)
}

// well says whether a step is within the bounds: the rule of capacity.
func well(step *loadgen.StepResult) bool {
	return rig.Bad(step) <= badBound && step.Latency.P99 <= latencyBound*1000
}

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	c, err := build(ctx, b, p.Number("nodes"), p.Word("spill") == "on")
	if err != nil {
		return nil, err
	}
	if p.Word("kind") == "killed" {
		return c.kill(ctx)
	}
	return c.capacity(ctx)
}

// capacity searches for the highest rate that is well, between a rate that surely is and one
// that is not, to a twentieth; what it took is measured at that rate.
func (c *cluster) capacity(ctx context.Context) (*lab.Took, error) {
	span := lab.Pick(c.b.Scale, 2*time.Second, 1200*time.Millisecond, 400*time.Millisecond)
	low, high := 0.0, 0.0
	rate := lab.Pick(c.b.Scale, 120.0, 120.0, 20.0) * float64(len(c.nodes))
	var found *loadgen.StepResult
	var uses []rig.Use
	for tries := 0; tries < lab.Pick(c.b.Scale, 8, 3, 3) && (high == 0 || high/max(low, 1) > 1.05); tries++ {
		meter, err := rig.NewMeter(append([]*rig.Process{c.stage.Server.Process}, c.nodes...)...)
		if err != nil {
			return nil, err
		}
		step, err := c.step(ctx, rate, span)
		if err != nil {
			return nil, err
		}
		used, err := meter.Stop()
		if err != nil {
			return nil, err
		}
		c.b.Say("multi-node: %d at %.0f/s: p99 %d ms, %.1f %% bad", len(c.nodes), rate, step.Latency.P99/1000, 100*rig.Bad(step))
		if well(step) {
			low, found, uses = rate, step, used
		} else {
			high = rate
		}
		switch {
		case high == 0:
			rate *= 1.6
		case low == 0:
			rate /= 1.6
		default:
			rate = (low + high) / 2
		}
	}
	if found == nil {
		return nil, errors.New("no rate that was tried is within the bounds")
	}
	took := &lab.Took{Notes: found.Limits, Metrics: map[string]float64{
		"capacity": low, "p50": float64(found.Latency.P50) / 1000, "p99": float64(found.Latency.P99) / 1000,
		"nats": uses[0].Cores, "client": found.Cores,
	}}
	nodes, held, periods := 0.0, 0.0, 0.0
	for _, u := range uses[1:] {
		nodes += u.Cores / float64(len(c.nodes))
		held += float64(u.Held.Throttled)
		periods += float64(u.Held.Periods)
	}
	took.Metrics["node"] = nodes
	if periods > 0 {
		took.Metrics["held"] = 100 * held / periods
	}
	if nodes > 1.15*quotaOf {
		took.Notes = append(took.Notes, fmt.Sprintf("a node used %.2f processors, and should have been held to %.2f", nodes, quotaOf))
	}
	return took, nil
}

// kill ends one of the nodes in the middle of a load that the others can bear.
func (c *cluster) kill(ctx context.Context) (*lab.Took, error) {
	third := lab.Pick(c.b.Scale, 3*time.Second, 1500*time.Millisecond, 500*time.Millisecond)
	book := &calls.Book{Began: time.Now()}
	functions := workload.Functions()
	rate := lab.Pick(c.b.Scale, 150, 100, 20)
	var sending sync.WaitGroup
	var failed error
	sending.Go(func() {
		failed = calls.Run(ctx, c.stage.Conn, calls.Config{
			Subject: "fn.page-20", Rate: rate, Duration: 3 * third, Wait: 3 * time.Second,
			Payload: func(int) []byte { return functions[7].Payload(c.stage.Origin) },
		}, book)
	})
	defer sending.Wait()
	timer := time.NewTimer(third)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	at := book.Since()
	if err := c.nodes[1].Kill(ctx); err != nil {
		return nil, err
	}
	sending.Wait()
	if failed != nil {
		return nil, failed
	}
	list := book.Calls()
	// What was under way at the kill is no part of how it was before.
	calm := at - underWay
	took := &lab.Took{Metrics: map[string]float64{
		"before-p99": calls.Percentile(list, calm-time.Second, calm, 0.99), "after-p99": calls.Percentile(list, at+time.Second, at+third, 0.99),
	}}
	lost, last := 0.0, at
	for _, call := range list {
		if call.End != "ok" {
			lost++
			last = max(last, call.Sent)
		}
	}
	took.Metrics["lost"], took.Metrics["gap"] = lost, float64((last-at).Microseconds())/1000
	s := record.Series{Name: "p99", X: "seconds from the kill", Y: "ms"}
	const slice = 250 * time.Millisecond
	for t := at % slice; t < 3*third; t += slice { // one begins at the kill
		if p := calls.Percentile(list, t, t+slice, 0.99); p > 0 {
			s.Points = append(s.Points, [2]float64{(t + slice/2 - at).Seconds(), min(p, 5000)})
		}
	}
	took.Series = []record.Series{s}
	return took, nil
}
