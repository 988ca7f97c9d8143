package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/isolane/isolane/experiments/loadgen"
)

const (
	// probers is by how many callers the capacity is found, probed for how long.
	probers = 8
	probed  = 3 * time.Second
	// overloadFor is how long more is sent than can be served.
	overloadFor = 10 * time.Second
)

// overload finds what a node of Isolane can serve of a function that computes for 5 ms,
// sends twice that, and says how soon what is refused hears of it.
func overload(ctx context.Context, c config, stdout, stderr io.Writer) (err error) {
	a, err := open(ctx, c, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	for _, p := range everyPeer() {
		if p.key != "isolane" {
			continue
		}
		s, err := a.serve(ctx, p, "peer-"+p.key)
		if err != nil {
			return err
		}
		return errors.Join(a.flood(ctx, s, stdout), end(ctx, s.process))
	}
	return errors.New("there is no Isolane to measure")
}

func (a *arena) flood(ctx context.Context, s *server, stdout io.Writer) error {
	cfg := loadgen.DefaultConfig()
	cfg.Targets = []loadgen.Target{{Subject: s.prefix + ".busy", Weight: 1, Payload: []byte("x"), Expect: []byte("x")}}
	cfg.Timeout, cfg.Warmup, cfg.Arrivals = patience, time.Second, loadgen.Even
	cfg.Steps = []loadgen.Step{{Callers: probers, Duration: probed}}
	run, err := loadgen.Run(ctx, a.dial, cfg, nil)
	if err != nil {
		return err
	}
	capacity := run.Steps[0].Rate
	if _, err := fmt.Fprintf(stdout, "capacity %.0f calls a second; sending %.0f for %s\n", capacity, 2*capacity, overloadFor); err != nil {
		return err
	}
	cfg.Steps, cfg.Warmup = []loadgen.Step{{Rate: 2 * capacity, Duration: overloadFor}}, 0
	before, err := used(s.pid)
	if err != nil {
		return err
	}
	began := time.Now()
	if run, err = loadgen.Run(ctx, a.dial, cfg, nil); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := used(s.pid)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(stdout, "CPU of the node: %.2f cores\n", (after.cpu-before.cpu).Seconds()/took.Seconds()); err != nil {
		return err
	}
	return run.Table(stdout)
}
