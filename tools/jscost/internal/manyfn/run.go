package manyfn

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/tools/internal/owner"
	"github.com/isolane/isolane/tools/jscost/internal/process"
)

// Report is what a scenario showed.
type Report struct {
	Scenario Scenario `json:"scenario"`
	// Before is with the functions bundled and the runtimes made, and one call
	// answered by each; After is with every round done.
	Before process.Sample `json:"before"`
	After  process.Sample `json:"after"`
	// Warm is how many contexts are loaded in all runtimes, V8Heap what their heaps
	// hold in bytes, garbage included.
	Warm   int   `json:"warm"`
	V8Heap int64 `json:"v8_heap"`
	// Sources is the size of all bundles, in bytes.
	Sources int64 `json:"sources"`
	// Calls counts the calls by outcome, Cold those that had to load the function.
	Calls map[function.Outcome]int `json:"calls"`
	Cold  int                      `json:"cold"`
	// Slowest is the most time that one call spent in JavaScript, in nanoseconds; a
	// full collection that it had to wait for counts.
	Slowest time.Duration `json:"slowest"`
	// Lost is how many runtimes were condemned and replaced.
	Lost int64 `json:"lost"`
	// Took is the time of all rounds, in nanoseconds.
	Took time.Duration `json:"took"`
}

// PerContext is by how much resident memory grew for each warm context, in bytes.
func (r Report) PerContext() int64 {
	return (r.After.Resident - r.Before.Resident) / int64(max(r.Warm, 1))
}

// Run measures s in this process.
func Run(ctx context.Context, s Scenario) (Report, error) {
	r := &run{scenario: s, random: rand.New(rand.NewPCG(1, 2)), report: Report{Scenario: s, Calls: make(map[function.Outcome]int)}}
	err := r.run(ctx)
	for _, o := range r.owners {
		err = errors.Join(err, o.Close())
	}
	return r.report, err
}

type run struct {
	scenario  Scenario
	random    *rand.Rand
	functions []*bundle.Function
	owners    []*owner.Owner

	mu     sync.Mutex
	report Report // Calls, Cold and Slowest are guarded by mu
}

func (r *run) run(ctx context.Context) error {
	if err := r.prepare(ctx); err != nil {
		return err
	}
	var err error
	if r.report.Before, err = process.Take(); err != nil {
		return err
	}
	began := time.Now()
	for range r.scenario.Rounds {
		if err := r.round(ctx); err != nil {
			return err
		}
	}
	r.report.Took = time.Since(began)
	if r.report.After, err = process.Take(); err != nil {
		return err
	}
	return r.look(ctx)
}

// prepare makes the functions and the runtimes, and calls each runtime once.
func (r *run) prepare(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "jscost-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // scratch files
	if r.functions, err = build(ctx, r.scenario, folder, r.random); err != nil {
		return err
	}
	for _, fn := range r.functions {
		r.report.Sources += int64(len(fn.Bundle.Script))
	}
	hello, err := owner.Bundle(ctx, "hello", owner.Hello, function.Manifest{})
	if err != nil {
		return err
	}
	engine := owner.NewEngine()
	for id := range r.scenario.Runtimes {
		cfg := owner.Config(id)
		cfg.MaxContexts = r.scenario.MaxContexts
		o, err := owner.Start(cfg, engine) //nolint:contextcheck // what a runtime starts lives as long as the runtime
		if err != nil {
			return err
		}
		r.owners = append(r.owners, o)
		got, err := o.Call(ctx, owner.Invocation("hello", hello, ""), hello)
		if err != nil {
			return err
		}
		if got.Outcome != function.OK {
			return fmt.Errorf("the first call of runtime %d ended with %s: %s", id, got.Outcome, got.Message)
		}
	}
	return nil
}

// round calls every function once, in a random order, and waits for all answers.
func (r *run) round(ctx context.Context) error {
	answered := make(chan struct{}, len(r.functions))
	for _, n := range r.random.Perm(len(r.functions)) {
		at := n % len(r.owners)
		if r.scenario.Anywhere {
			at = r.random.IntN(len(r.owners))
		}
		fn := r.functions[n]
		r.owners[at].Begin(owner.Invocation(fn.Name, fn, `{"n":1}`), fn, func(result *function.Result) { //nolint:contextcheck // what a runtime starts lives as long as the runtime
			r.count(result)
			answered <- struct{}{}
		})
	}
	for range r.functions {
		select {
		case <-answered:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (r *run) count(result *function.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Calls[result.Outcome]++
	r.report.Slowest = max(r.report.Slowest, result.Receipt.CPU)
	if result.Receipt.Cold {
		r.report.Cold++
	}
}

// look asks each runtime what it holds.
func (r *run) look(ctx context.Context) error {
	for _, o := range r.owners {
		err := o.Ask(ctx, func(rt *jsruntime.Runtime) {
			for _, fn := range r.functions {
				if rt.Warm(fn.Name, fn.Version) {
					r.report.Warm++
				}
			}
			r.report.V8Heap += int64(rt.Memory().Heap)
		})
		if err != nil {
			return err
		}
		r.report.Lost += o.Lost()
	}
	return nil
}
