package chaos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/isolane/isolane/internal/child"
)

// Config says what to run the scenarios with.
type Config struct {
	// Isolane is the command that is a node; run and its flags follow. Env is added to
	// its environment.
	Isolane, Env []string
	// Server is the command that calls ServeNATS with the arguments that follow.
	Server []string
	// Seed of all that is random.
	Seed uint64
	// Rate is how many calls are sent each second; 1 to 1000.
	Rate int
	// Brief makes faults last seconds, where they last longer otherwise.
	Brief bool
	// Ground is where the members are.
	Ground Ground
	// Log is told what happens, NodeLog what nodes write; nil: nobody is.
	Log, NodeLog io.Writer
}

// Validate reports all faults at once.
func (c Config) Validate() error {
	var faults []error
	if len(c.Isolane) == 0 || len(c.Server) == 0 || c.Ground == nil {
		faults = append(faults, errors.New("chaos: a node's command, a server's and a ground are needed"))
	}
	if c.Rate < 1 || c.Rate > 1000 {
		faults = append(faults, fmt.Errorf("chaos: a rate of %d: choose 1 to 1000", c.Rate))
	}
	return errors.Join(faults...)
}

// Scenario is one fault, or several of one kind.
type Scenario struct {
	Name string
	// What says in a line what is done.
	What string
	// Nodes is how many members there are.
	Nodes int
	// Brief scenarios are part of the short run.
	Brief bool
	// Cuts needs a Ground that can cut members off.
	Cuts bool
	// prepare changes what the members are started with.
	prepare func(ctx context.Context, w *world) error
	// act lets the fault happen and waits until it is over.
	act func(ctx context.Context, w *world) error
}

// Run runs the scenarios one after the other, and returns what came of each; it stops at
// ctx's end, with the results so far and ctx's error. Another error means that a scenario
// could not be run, not that a promise is broken.
func Run(ctx context.Context, cfg Config, scenarios []Scenario) ([]Result, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
	if cfg.NodeLog == nil {
		cfg.NodeLog = io.Discard
	}
	cfg.NodeLog = child.NewShared(cfg.NodeLog)
	var results []Result
	for _, s := range scenarios {
		if s.Cuts && !cfg.Ground.Cuts() {
			results = append(results, Result{Scenario: s.Name, What: s.What, Nodes: s.Nodes, NotRun: "needs network namespaces: root, ip and iptables"})
			continue
		}
		r, err := one(ctx, cfg, s)
		if err != nil {
			return results, fmt.Errorf("%s: %w", s.Name, err)
		}
		results = append(results, r)
	}
	return results, nil
}

// one runs one scenario.
func one(ctx context.Context, cfg Config, s Scenario) (r Result, err error) {
	began := time.Now()
	dir, err := os.MkdirTemp("", "isolane-chaos-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := newWorld(cfg, s, filepath.Clean(dir), rand.New(rand.NewPCG(cfg.Seed, nameSeed(s.Name)))) //nolint:gosec // to be repeated, not secret
	w.say("%s: %s, %d members", s.Name, s.What, s.Nodes)
	defer func() { err = errors.Join(err, w.tearDown()) }() //nolint:contextcheck // what runs is ended whatever ctx says
	if err := w.setUp(ctx); err != nil {
		return r, err
	}
	if err := w.play(ctx, s); err != nil {
		return r, err
	}
	r = w.result() //nolint:contextcheck // members drain whatever ctx says
	r.Scenario, r.What, r.Nodes, r.Took = s.Name, s.What, s.Nodes, time.Since(began)
	w.say("%s: %s, after %s", s.Name, r.Verdict(), r.Took.Round(100*time.Millisecond))
	return r, nil
}

// nameSeed makes each scenario's choices independent of which others are run.
func nameSeed(name string) uint64 {
	var sum uint64 = 14695981039346656037
	for i := range len(name) {
		sum = (sum ^ uint64(name[i])) * 1099511628211
	}
	return sum
}
