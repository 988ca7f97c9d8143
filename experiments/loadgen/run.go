package loadgen

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/experiments/machine"
)

// Dial connects to NATS; the connection is closed by who asked for it.
type Dial func(ctx context.Context) (*nats.Conn, error)

// Progress is what a run looks like once a second.
type Progress struct {
	// Step counts from 0. Into is the time into the step; negative in its warm-up.
	Step int
	Into time.Duration
	// Sent, Ended and OK count since the step's warm-up began; Outstanding is the
	// difference.
	Sent, Ended, OK uint64
	Outstanding     int64
}

// Run sends the load of cfg over connections made by dial, and returns what it showed.
// progress, where not nil, is called once a second from one goroutine. When ctx is done
// the steps that are over are returned, with an error that wraps ctx's cause.
//
// A faulty cfg gives an error that wraps ErrConfig, and nothing is sent.
func Run(ctx context.Context, dial Dial, cfg Config, progress func(Progress)) (*Result, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	conns := make([]*nats.Conn, 0, cfg.Connections)
	defer func() {
		for _, conn := range conns {
			conn.Close()
		}
	}()
	for range cfg.Connections {
		conn, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		conns = append(conns, conn)
	}
	result := &Result{Format: Format, Began: time.Now(), Machine: machine.Describe(), Config: cfg}
	for i, step := range cfg.Steps {
		var report func(Progress)
		if progress != nil {
			report = func(p Progress) { p.Step = i; progress(p) }
		}
		out, err := runStep(ctx, conns, cfg, step, i, report)
		if err != nil {
			return result, fmt.Errorf("loadgen: step %d: %w", i+1, err)
		}
		result.Steps = append(result.Steps, *out)
	}
	return result, nil
}

// runStep warms up, measures, and waits for what is under way.
func runStep(ctx context.Context, conns []*nats.Conn, cfg Config, step Step, index int, progress func(Progress)) (*StepResult, error) {
	count := &tally{}
	begin := time.Now().Add(cfg.Warmup)
	links := make([]*link, 0, len(conns))
	defer func() {
		for _, l := range links {
			_ = l.sub.Unsubscribe() // the connection may be gone, and then so is it
		}
	}()
	for i, conn := range conns {
		seed := cfg.Seed + uint64(1000*index+i) //nolint:gosec // indexes
		l, err := openLink(conn, cfg, step, seed, count, begin)
		if err != nil {
			return nil, err
		}
		links = append(links, l)
	}
	meter := startMeter(begin, step.Duration)
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var loops, watch sync.WaitGroup
	for i, l := range links {
		l.start(running, &loops, cfg, step, i, len(links))
	}
	over := make(chan struct{})
	watch.Go(func() { observe(over, conns, begin, count, stop, progress) })
	loops.Wait()
	close(over)
	watch.Wait()
	used := meter.stop()
	if err := context.Cause(running); err != nil {
		return nil, err
	}
	var sending time.Duration
	for _, l := range links {
		sending = max(sending, l.sending)
	}
	all := links[0].rec
	for _, l := range links[1:] {
		all.merge(l.rec)
	}
	out, err := all.summarize(step)
	if err != nil {
		return nil, err
	}
	out.Cores, out.Busy, out.Steal = used.Cores, used.Busy, used.Steal
	out.Sending = sending.Seconds() / step.Duration.Seconds()
	out.Limits = limits(out, machine.Processors(), cfg.MaxOutstanding)
	return &out, nil
}

// start begins the loop of one link, of n.
func (l *link) start(ctx context.Context, loops *sync.WaitGroup, cfg Config, step Step, i, n int) {
	loops.Go(func() { l.tend(ctx) })
	if step.Rate > 0 {
		seed := cfg.Seed + uint64(7919*i) //nolint:gosec // an index
		s := newSchedule(cfg.Arrivals, step.Rate/float64(n), seed)
		loops.Go(func() { l.pace(ctx, s, cfg.Warmup, step.Duration) })
		return
	}
	callers := step.Callers / n
	if i < step.Callers%n {
		callers++
	}
	next := make(chan struct{}, callers) // one for each caller that has nothing under way
	for range callers {
		next <- struct{}{}
	}
	l.again = func() { next <- struct{}{} }
	loops.Go(func() { l.keep(ctx, next, step.Duration) })
}

// observe reports once a second, and ends the step where a connection ended for good.
func observe(over <-chan struct{}, conns []*nats.Conn, begin time.Time, count *tally, stop context.CancelCauseFunc, progress func(Progress)) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		case <-tick.C:
		}
		for _, conn := range conns {
			if conn.IsClosed() {
				stop(errors.Join(ErrConnection, conn.LastError()))
				return
			}
		}
		if progress != nil {
			progress(Progress{
				Into: time.Since(begin), Sent: count.sent.Load(), Ended: count.ended.Load(),
				OK: count.okays.Load(), Outstanding: count.outstanding.Load(),
			})
		}
	}
}
