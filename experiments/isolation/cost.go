package isolation

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/rig"
	"github.com/isolane/isolane/experiments/loadgen"
)

func id(model string, n int) string { return model + "/" + strconv.Itoa(n) }

// source is the function: it reads its message and answers with a sum.
const source = "export default (msg) => { const { a, b } = msg.json(); return { sum: a + b }; };\n"

const payload = `{"a":1,"b":2}`

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	model := p.Word("model")
	if model == safety {
		return matrix(ctx, b)
	}
	n := p.Number("functions")
	files := map[string]string{}
	for i := range n {
		files[name(i)+".js"] = source
		if m := manifest(model); m != "" {
			files[name(i)+".yaml"] = m
		}
	}
	folder, err := b.Rig.Files("functions", files)
	if err != nil {
		return nil, err
	}
	s, served, prefix, err := stage(ctx, b, model, folder, n)
	if err != nil {
		return nil, err
	}
	base, err := empty(ctx, b, s)
	if err != nil {
		return nil, err
	}
	first, err := callEach(ctx, s.Conn, prefix, n)
	if err != nil {
		return nil, err
	}
	meter, err := rig.NewMeter(served)
	if err != nil {
		return nil, err
	}
	children, err := childrenCPU(served.PID())
	if err != nil {
		return nil, err
	}
	cfg := loadgen.DefaultConfig()
	cfg.Warmup, cfg.Seed = 0, b.Seed
	cfg.Steps = []loadgen.Step{{Callers: 1, Duration: lab.Pick(b.Scale, 2*time.Second, 500*time.Millisecond, 200*time.Millisecond)}}
	for i := range n {
		cfg.Targets = append(cfg.Targets, loadgen.Target{Subject: prefix + name(i), Weight: 1, Payload: []byte(payload)})
	}
	result, err := loadgen.Run(ctx, s.Dial, cfg, nil)
	if err != nil {
		return nil, err
	}
	used, err := meter.Stop()
	if err != nil {
		return nil, err
	}
	after, err := childrenCPU(served.PID())
	if err != nil {
		return nil, err
	}
	step := result.Steps[0]
	ok := step.Ends[loadgen.EndOK]
	if ok == 0 || int64(ok) != step.Latency.Count { //nolint:gosec // a count
		return nil, fmt.Errorf("calls did not end well: %v", step.Ends)
	}
	took := &lab.Took{Metrics: map[string]float64{
		"p50": float64(step.OK.P50) / 1000, "p99": float64(step.OK.P99) / 1000, "first": first,
		"cpu": float64((used[0].CPU + after - children).Microseconds()) / 1000 / float64(ok), "calls": float64(ok),
	}}
	if model != process {
		memory := (float64(used[0].Resident) - base) / (1 << 20)
		took.Metrics["memory"], took.Metrics["each"] = max(memory, 0), max(memory, 0)/float64(n)
	}
	return took, nil
}

func name(i int) string { return "f" + strconv.Itoa(i) }

func manifest(model string) string {
	switch model {
	case fresh, isolate:
		return "isolation: " + model + "\n"
	case dedicated:
		return "dedicated: true\n"
	}
	return ""
}

// stage starts who serves in a model, and says at what subjects.
func stage(ctx context.Context, b *lab.Bench, model, folder string, n int) (s *rig.Stage, served *rig.Process, prefix string, err error) {
	if model == process {
		if s, err = b.Rig.Stage(ctx, rig.StageConfig{}); err != nil {
			return nil, nil, "", err
		}
		served, err = b.Rig.Part(ctx, "processes", rig.Place{}, "-nats", s.Server.URL, "-functions", folder)
		return s, served, "process.", err
	}
	settings := fmt.Sprintf("runtimes: { count: 2, maxDedicated: %d, contexts: %d }\n", max(n, 32), max(n, 256))
	s, err = b.Rig.Stage(ctx, rig.StageConfig{Node: rig.NodeConfig{Functions: folder, Settings: settings}})
	if err != nil {
		return nil, nil, "", err
	}
	return s, s.Node, "fn.", nil
}

// empty is the memory of a node that has no functions, in bytes.
func empty(ctx context.Context, b *lab.Bench, s *rig.Stage) (float64, error) {
	if s.Node == nil {
		return 0, nil
	}
	folder, err := b.Rig.Files("none", nil)
	if err != nil {
		return 0, err
	}
	node, err := b.Rig.Node(ctx, rig.NodeConfig{Name: "empty", Functions: folder, NATS: s.Server.URL, Settings: "nats: { prefix: nothing }\nruntimes: { count: 2 }\n"})
	if err != nil {
		return 0, err
	}
	use, err := node.Use()
	if err != nil {
		return 0, err
	}
	return float64(use.Resident), node.Stop(ctx)
}

// callEach calls every function once, as soon as it is there, and returns the median time
// in milliseconds.
func callEach(ctx context.Context, conn *nats.Conn, prefix string, n int) (float64, error) {
	times := make([]float64, n)
	for i := range n {
		began := time.Now()
		if _, err := ask(ctx, conn, prefix+name(i), payload); err != nil {
			return 0, err
		}
		times[i] = float64(time.Since(began).Microseconds()) / 1000
	}
	slices.Sort(times)
	return times[n/2], nil
}

// ask sends a request, and returns the reply; an outcome that is not ok is an error.
func ask(ctx context.Context, conn *nats.Conn, subject, payload string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	m, err := conn.RequestWithContext(ctx, subject, []byte(payload))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", subject, err)
	}
	if code := m.Header.Get("Nats-Service-Error-Code"); code != "" {
		return nil, fmt.Errorf("%s answers %s: %s", subject, m.Header.Get("Isolane-Outcome"), m.Header.Get("Nats-Service-Error"))
	}
	return m.Data, nil
}
