package node

import (
	"context"
	"runtime"
	"time"

	"github.com/isolane/isolane/actors/autoscale"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/sizer"
)

// sizeEvery is how often the load is looked at to scale by it.
const sizeEvery = 100 * time.Millisecond

// mostRuntimes is how many shared runtimes the node may ever have.
func (n *Node) mostRuntimes() int { return max(n.cfg.Runtimes.Max, n.cfg.RuntimeCount()) }

// startSizer lets the node be scaled, and scale by its load.
func (n *Node) startSizer(context.Context) error {
	cfg := sizer.Config{Count: n.cfg.RuntimeCount(), Max: n.mostRuntimes(), Every: sizeEvery}
	if n.cfg.Runtimes.Min > 0 {
		cfg.Auto = autoscale.DefaultConfig()
		cfg.Auto.Min, cfg.Auto.Max = n.cfg.Runtimes.Min, n.cfg.Runtimes.Max
		cfg.Auto.CPUs = sizer.CPUs(float64(min(runtime.NumCPU(), runtime.GOMAXPROCS(0)))) // see SpareProcessors
	}
	deps := sizer.Deps{Sample: n.sampler(), Apply: n.pool.Resize, Total: func() bool { return false }, Logger: n.log}
	if n.shares != nil {
		deps.Apply = n.shares.SetDefault
		deps.Total = func() bool { _, wished := n.shares.Total(); return wished }
	}
	var err error
	n.sizer, err = sizer.Start(cfg, deps) //nolint:contextcheck // it outlives the start, and ends with Close
	return err
}

// turnsEvery is over how long turns are averaged: as long as CPU is.
const turnsEvery = usageEvery

// sampler returns what tells how the node is; it is to be called from one goroutine.
func (n *Node) sampler() func() autoscale.Sample {
	var u usage
	var turns float64
	var at time.Time
	var worked time.Duration
	return func() autoscale.Sample {
		l, now := n.pool.Load(), time.Now()
		u.look(now)
		switch since := now.Sub(at); {
		case at.IsZero():
			at, worked = now, l.Worked
		case since >= turnsEvery:
			turns = (l.Worked - worked).Seconds() / since.Seconds()
			at, worked = now, l.Worked
		}
		return autoscale.Sample{At: now, Runtimes: l.Runtimes, Delay: l.Delay, Turns: turns, CPU: float64(u.cores)}
	}
}

// scale changes how many runtimes the node has, as somebody asked.
func (n *Node) scale(to admin.ScaleTo) admin.Scaled {
	out := admin.Scaled{Node: n.cfg.Node.Name}
	var err error
	if to.Auto {
		out.From, err = n.sizer.Auto()
	} else {
		out.From, err = n.sizer.Scale(to.N)
	}
	if err != nil {
		out.Error = err.Error()
	}
	out.To, out.Auto = n.sizer.Wanted()
	return out
}
