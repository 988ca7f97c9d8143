package restarts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/calls"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
)

// The function that is watched, and those that make trouble.
const (
	watched = `export default async (msg, ctx) => {
  const { id } = msg.json();
  await ctx.nats.publish("lab.ran", id);
  await new Promise((done) => setTimeout(done, 20));
  return { id };
};
`
	filling  = "export default () => { const kept = []; for (;;) kept.push(new Array(1e5).fill(kept.length)); };\n"
	spinning = "export default () => { for (;;); };\n"
	throwing = "export default () => { throw new Error('again'); };\n"
)

// settle is for how long answers are waited for when the faults are over.
func settle(s lab.Scale) time.Duration {
	return lab.Pick(s, 3*time.Second, time.Second, time.Second)
}

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	folder, err := b.Rig.Files("functions", map[string]string{
		"watched.js": watched, "watched.yaml": p.Word("manifest") + "permissions: { nats: { publish: [lab.ran] } }\n",
		"heap.js": filling, "cpu.js": spinning, "cpu.yaml": "limits: { cpu: 100ms }\n", "exceptions.js": throwing,
		"panic.js": "export default () => 1;\n",
	})
	if err != nil {
		return nil, err
	}
	g := &ground{b: b, folder: folder, fault: p.Word("fault"), settings: p.Word("settings")}
	if err := g.start(ctx); err != nil {
		return nil, err
	}
	ran := map[string]int{}
	var mu sync.Mutex
	if _, err := g.conn.Subscribe("lab.ran", func(m *nats.Msg) {
		mu.Lock()
		ran[string(m.Data)]++
		mu.Unlock()
	}); err != nil {
		return nil, err
	}
	if err := g.warm(ctx); err != nil {
		return nil, err
	}
	n := lab.Pick(b.Scale, 35, 4, 2)
	book := &calls.Book{Began: time.Now()}
	sending, stop := context.WithCancel(ctx)
	defer stop()
	var load sync.WaitGroup
	load.Go(func() {
		// It ends when the faults are over.
		_ = calls.Run(sending, g.conn, calls.Config{
			Subject: "fn.watched", Rate: 200, Duration: time.Hour, Wait: time.Second,
			Payload: func(n int) []byte { return []byte(`{"id":"` + strconv.Itoa(n) + `"}`) },
		}, book)
	})
	faults, err := g.trouble(ctx, n, book)
	over := book.Since()
	if err == nil {
		err = bridge.Pause(ctx, settle(b.Scale)) // what is under way is answered
	}
	stop()
	load.Wait()
	if err != nil {
		return nil, err
	}
	mu.Lock()
	defer mu.Unlock()
	return weigh(book.Calls(), ran, faults, over), nil
}

// weigh says what the faults did to the calls. over is when the last calls were sent that
// had time to be answered.
func weigh(list []calls.Call, ran map[string]int, faults []time.Duration, over time.Duration) *lab.Took {
	n := float64(len(faults))
	counts := map[string]float64{"faults": n}
	var recoveries []float64
	next := 0
	worst := time.Duration(0)
	for i, c := range list {
		for next < len(faults) && c.Sent >= faults[next] {
			if next > 0 {
				recoveries = append(recoveries, max(float64((worst-faults[next-1]).Microseconds())/1000, 0))
			}
			worst = 0
			next++
		}
		if c.Sent >= over {
			break
		}
		bad := false
		switch {
		case c.End == calls.NoReply:
			counts["lost"]++
			bad = true
		case c.End != "ok":
			counts["failed"]++
			bad = true
		case c.Took > late:
			counts["late"]++
			bad = true
		}
		if bad && next > 0 {
			worst = max(worst, c.Sent+c.Took)
		}
		if c.Replies > 1 {
			counts["duplicated"]++
		}
		if ran[strconv.Itoa(i)] > 1 {
			counts["twice"]++
		}
	}
	if next > 0 {
		recoveries = append(recoveries, max(float64((worst-faults[next-1]).Microseconds())/1000, 0))
	}
	took := &lab.Took{Metrics: map[string]float64{"faults": n, "duplicated": counts["duplicated"], "p99": calls.Percentile(list, 0, over, 0.99)}}
	for _, name := range []string{"lost", "failed", "late", "twice"} {
		took.Metrics[name] = counts[name] / max(n, 1)
	}
	sorted := sortedCopy(recoveries)
	if len(sorted) > 0 {
		took.Metrics["recover-p50"] = sorted[len(sorted)/2]
		took.Metrics["recover-p90"] = sorted[len(sorted)*9/10]
		took.Metrics["recover-max"] = sorted[len(sorted)-1]
	}
	s := record.Series{Name: "recovery", X: "fault", Y: "ms"}
	for i, ms := range recoveries {
		s.Points = append(s.Points, [2]float64{float64(i + 1), ms})
	}
	took.Series = []record.Series{s}
	return took
}

func sortedCopy(values []float64) []float64 { return slices.Sorted(slices.Values(values)) }

// ground is what a repetition happens on.
type ground struct {
	b                       *lab.Bench
	folder, fault, settings string
	server                  *rig.Server
	listen                  string
	nodes                   []*rig.Process
	conn                    *nats.Conn
}

func (g *ground) start(ctx context.Context) error {
	var err error
	if g.listen, err = rig.Address(); err != nil {
		return err
	}
	if g.server, err = g.b.Rig.NATS(ctx, rig.NATSConfig{Listen: g.listen}); err != nil {
		return err
	}
	g.nodes = make([]*rig.Process, 1)
	if g.fault == "node" {
		g.nodes = make([]*rig.Process, 2)
	}
	for i := range g.nodes {
		if err := g.startNode(ctx, i); err != nil {
			return err
		}
	}
	g.conn, err = g.b.Rig.Connect(g.server.URL)
	return err
}

func (g *ground) startNode(ctx context.Context, i int) error {
	settings := "runtimes: { count: 2"
	if g.settings != "" {
		settings += ", " + g.settings
	}
	settings += " }\nlimits: { heap: 16MiB }\ngrace: 2s\n"
	var err error
	g.nodes[i], err = g.b.Rig.Node(ctx, rig.NodeConfig{Name: "node-" + strconv.Itoa(i), Functions: g.folder, NATS: g.server.URL, Settings: settings})
	return err
}

// warm calls the function until both isolates know it.
func (g *ground) warm(ctx context.Context) error {
	for i := range 20 {
		asking, cancel := context.WithTimeout(ctx, 10*time.Second)
		m, err := g.conn.RequestWithContext(asking, "fn.watched", []byte(`{"id":"warm-`+strconv.Itoa(i)+`"}`))
		cancel()
		if err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
		if code := m.Header.Get("Nats-Service-Error-Code"); code != "" {
			return fmt.Errorf("warm up: %s: %s", code, m.Header.Get("Nats-Service-Error"))
		}
	}
	return nil
}

// trouble makes n faults, and says when each was.
func (g *ground) trouble(ctx context.Context, n int, book *calls.Book) ([]time.Duration, error) {
	if err := bridge.Pause(ctx, 300*time.Millisecond); err != nil {
		return nil, err
	}
	var faults []time.Duration
	for i := range n {
		at := book.Since()
		faults = append(faults, at)
		var err error
		switch g.fault {
		case "node":
			victim := i % len(g.nodes)
			if err = g.nodes[victim].Kill(ctx); err == nil {
				err = g.startNode(ctx, victim)
			}
		case "nats":
			if err = g.server.Kill(ctx); err == nil {
				g.server, err = g.b.Rig.NATS(ctx, rig.NATSConfig{Listen: g.listen})
			}
		case "exceptions":
			for range 50 {
				err = errors.Join(err, g.conn.Publish("fn.exceptions", nil))
			}
		default:
			err = g.conn.Publish("fn."+g.fault, nil)
		}
		if err != nil {
			return faults, err
		}
		if err := bridge.Pause(ctx, 200*time.Millisecond); err != nil {
			return faults, err
		}
		if g.fault == "nats" {
			if err := g.served(ctx); err != nil {
				return faults, err
			}
		}
	}
	return faults, bridge.Pause(ctx, time.Second)
}

// served waits until a call is answered again.
func (g *ground) served(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		asking, stop := context.WithTimeout(ctx, time.Second)
		_, err := g.conn.RequestWithContext(asking, "fn.watched", []byte(`{"id":"again"}`))
		stop()
		if err == nil {
			return nil
		}
		if err := bridge.Pause(ctx, 10*time.Millisecond); err != nil {
			return fmt.Errorf("nobody answers after NATS came back: %w", err)
		}
	}
}
