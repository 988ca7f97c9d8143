package engines

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"github.com/isolane/isolane/experiments/engines/tail"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	what := p.Word("what")
	switch p.Word("kind") {
	case original:
		return byOriginal(ctx, b, p)
	case "start":
		return start(ctx, b.Scale, what)
	case "memory":
		return memory(ctx, b.Scale, what)
	case "kernel":
		return compute(ctx, b.Scale, p.Word("name"), what)
	default:
		return real(ctx, b, tail.Mode(what))
	}
}

// with runs f with a runtime.
func with(contexts int, f func(*host) (*lab.Took, error)) (took *lab.Took, err error) {
	h, err := newHost(contexts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	return f(h)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}

// start measures calls that make an instance each.
func start(ctx context.Context, scale lab.Scale, what string) (*lab.Took, error) {
	engine, isolation := function.EngineV8, function.PerContext
	switch what {
	case ofIsolate:
		isolation = function.PerIsolate
	case light:
		engine = function.EngineQuickJS
	}
	fn, err := kernel(ctx, "handler", "handler", manifest(engine, isolation))
	if err != nil {
		return nil, err
	}
	return with(16, func(h *host) (*lab.Took, error) { //nolint:contextcheck // a runtime has a context of its own
		var took []time.Duration
		for i := range lab.Pick(scale, 300, 40, 5) {
			t, _, _, err := h.call(fn)
			if err != nil {
				return nil, err
			}
			if i > 1 { // the first ones compile for the process
				took = append(took, t)
			}
		}
		return &lab.Took{Metrics: map[string]float64{"first": milliseconds(median(took))}}, nil
	})
}

// memory measures what an instance holds.
func memory(ctx context.Context, scale lab.Scale, what string) (*lab.Took, error) {
	n := lab.Pick(scale, 200, 60, 10)
	engine := function.EngineV8
	if what == light {
		engine = function.EngineQuickJS
	}
	var fns []*bundle.Function
	for i := range n + 1 {
		fn, err := kernel(ctx, "handler", fmt.Sprint("handler-", i), manifest(engine, function.Warm))
		if err != nil {
			return nil, err
		}
		fns = append(fns, fn)
	}
	grown := func(each func(i int) error) (*lab.Took, error) {
		if err := each(0); err != nil {
			return nil, err
		}
		debug.FreeOSMemory()
		before, err := resident()
		if err != nil {
			return nil, err
		}
		for i := range n {
			if err := each(i + 1); err != nil {
				return nil, err
			}
		}
		debug.FreeOSMemory()
		after, err := resident()
		if err != nil {
			return nil, err
		}
		return &lab.Took{Metrics: map[string]float64{"memory": max(0, float64(after)-float64(before)) / 1000 / float64(n)}}, nil
	}
	if what == ofIsolate {
		var hosts []*host
		took, err := grown(func(i int) error { //nolint:contextcheck // a runtime has a context of its own
			h, err := newHost(16)
			if err != nil {
				return err
			}
			hosts = append(hosts, h)
			_, _, _, err = h.call(fns[i])
			return err
		})
		for _, h := range hosts {
			err = errors.Join(err, h.close())
		}
		return took, err
	}
	return with(n+1, func(h *host) (*lab.Took, error) { //nolint:contextcheck // a runtime has a context of its own
		return grown(func(i int) error {
			_, _, _, err := h.call(fns[i])
			return err
		})
	})
}

// compute measures a kernel, cold and warm.
func compute(ctx context.Context, scale lab.Scale, name, engine string) (*lab.Took, error) {
	as := map[string]function.Engine{heavy: function.EngineV8, light: function.EngineQuickJS}[engine]
	fn, err := kernel(ctx, name, name, manifest(as, function.Warm))
	if err != nil {
		return nil, err
	}
	fresh := *fn
	fresh.Manifest.Isolation = function.PerContext
	return with(16, func(h *host) (*lab.Took, error) { //nolint:contextcheck // a runtime has a context of its own
		var cold, warm []time.Duration
		for i := range lab.Pick(scale, 20, 4, 2) {
			t, _, _, err := h.call(&fresh)
			if err != nil {
				return nil, err
			}
			if i > 0 { // the first one compiles for the process
				cold = append(cold, t)
			}
		}
		n, end := lab.Pick(scale, 400, 40, 3), time.Now().Add(lab.Pick(scale, time.Second, 150*time.Millisecond, 50*time.Millisecond))
		for i := 0; i < n+5 && (i < 5 || time.Now().Before(end)); i++ {
			t, _, _, err := h.call(fn)
			if err != nil {
				return nil, err
			}
			if i >= 2 {
				warm = append(warm, t)
			}
		}
		return &lab.Took{Metrics: map[string]float64{"first": milliseconds(median(cold)), "warm": microseconds(median(warm))}}, nil
	})
}

// real runs a small tail of functions with real instances: as many as a budget of 8 MB
// has room for, at 90 KB for a V8 context and 400 KB for a QuickJS instance.
func real(ctx context.Context, b *lab.Bench, mode tail.Mode) (*lab.Took, error) {
	n, calls := lab.Pick(b.Scale, 200, 60, 10), lab.Pick(b.Scale, 2000, 400, 30)
	const budget, ofHeavy, ofLight = 8000, 90, 400
	contexts := budget / ofLight
	if mode == tail.Heavy {
		contexts = budget / ofHeavy
	}
	var fns []*bundle.Function
	for i := range n {
		fn, err := kernel(ctx, "json", fmt.Sprint("json-", i), manifest(function.Engine(mode), function.Warm))
		if err != nil {
			return nil, err
		}
		fns = append(fns, fn)
	}
	random := rand.New(rand.NewPCG(b.Seed, 1)) //nolint:gosec // it is to be the same each time
	zipf := rand.NewZipf(random, 1.1, 1, uint64(n-1))
	return with(contexts, func(h *host) (*lab.Took, error) { //nolint:contextcheck // a runtime has a context of its own
		var all time.Duration
		cold := 0
		for range calls {
			t, made, _, err := h.call(fns[zipf.Uint64()])
			if err != nil {
				return nil, err
			}
			all += t
			if made {
				cold++
			}
		}
		return &lab.Took{Metrics: map[string]float64{"mean": microseconds(all) / float64(calls), "cold": 100 * float64(cold) / float64(calls)}}, nil
	})
}
