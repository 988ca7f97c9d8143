package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/experiments/machine"
)

// compare runs the whole comparison and prints what it showed.
func compare(ctx context.Context, c config, stdout, stderr io.Writer) (err error) {
	a, err := open(ctx, c, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close(ctx)) }()
	r := &result{
		Format: format, Began: time.Now(), Machine: machine.Describe(), Versions: a.versions(ctx),
		Rounds: c.rounds, Each: c.each, Before: machine.Calibrate(calibrations),
	}
	used := machine.Read()
	peers := chosenPeers(c)
	if err := a.colds(ctx, r, peers); err != nil {
		return err
	}
	if err := a.loads(ctx, r, peers); err != nil {
		return err
	}
	r.Took, r.Steal = time.Since(r.Began), machine.Read().Since(used).Steal
	r.After = machine.Calibrate(calibrations)
	r.judge(c.targets())
	if err := r.save(c.json); err != nil {
		return err
	}
	return r.print(stdout)
}

// calibrations is how many rounds of fixed work say how fast the machine is.
const calibrations = 25

// colds starts each peer several times, in turn.
func (a *arena) colds(ctx context.Context, r *result, peers []peer) error {
	for n := range a.cfg.colds {
		for i := range peers {
			p := peers[(i+n)%len(peers)]
			if r.Missing[p.key] != "" {
				continue
			}
			if why := p.why(a.cfg); why != "" {
				r.miss(p, why)
				continue
			}
			c, err := a.start(ctx, p)
			if err != nil {
				if ctx.Err() != nil {
					return context.Cause(ctx)
				}
				r.miss(p, err.Error())
				continue
			}
			r.addCold(p, c)
		}
		a.say("started each peer, %d of %d times", n+1, a.cfg.colds)
	}
	return nil
}

// loads starts each peer, and has all of them take each load in turn, round by round.
func (a *arena) loads(ctx context.Context, r *result, peers []peer) (err error) {
	conn, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var servers []*server
	defer func() {
		for _, s := range servers {
			err = errors.Join(err, end(ctx, s.process))
		}
	}()
	for _, p := range peers {
		if r.Missing[p.key] != "" {
			continue
		}
		why := p.why(a.cfg)
		if why == "" {
			s, err := a.serve(ctx, p, "peer-"+p.key)
			if err == nil {
				servers = append(servers, s)
				continue
			}
			why = err.Error()
		}
		r.miss(p, why)
	}
	for _, l := range chosenLoads(a.cfg) {
		if err := a.rounds(ctx, r, conn, servers, l); err != nil {
			return err
		}
	}
	return nil
}

// rounds has each peer that takes a load take it, in an order that changes. The first
// round warms up.
func (a *arena) rounds(ctx context.Context, r *result, conn *nats.Conn, servers []*server, l load) error {
	var taking []*server
	for _, s := range servers {
		if s.each && !l.all {
			continue
		}
		if err := a.learn(ctx, conn, s, l); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			r.fail(s.peer, l, err.Error())
			continue
		}
		taking = append(taking, s)
	}
	for round := range a.cfg.rounds + 1 {
		for i := range taking {
			s := taking[(i+round)%len(taking)]
			if r.cell(s.peer, l).Failed != "" {
				continue
			}
			got, err := a.measure(ctx, s, l, a.cfg.each, uint64(round+1)) //nolint:gosec // a small number
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err == nil && got.failed() != "" {
				err = errors.New(got.failed())
			}
			if err != nil {
				r.fail(s.peer, l, err.Error())
				continue
			}
			if round > 0 {
				r.cell(s.peer, l).Samples = append(r.cell(s.peer, l).Samples, got)
			}
		}
		a.say("%s: round %d of %d", l.name, round, a.cfg.rounds)
	}
	return nil
}

// say says how far it is.
func (a *arena) say(how string, args ...any) {
	_, _ = fmt.Fprintf(a.log, "==> "+how+"\n", args...)
}
