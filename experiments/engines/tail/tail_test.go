package tail

import (
	"container/list"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isolane/isolane/jsruntime/promote"
)

func draw(t *rapid.T) Config {
	micro := func(name string) time.Duration {
		return time.Duration(rapid.IntRange(1, 5000).Draw(t, name)) * time.Microsecond
	}
	c := Config{
		Mode:    rapid.SampledFrom([]Mode{Heavy, Light, Mixed}).Draw(t, "mode"),
		Heavy:   Cost{Warm: micro("heavy"), Memory: rapid.Int64Range(1, 100).Draw(t, "heavy memory")},
		Light:   Cost{Warm: micro("light"), Memory: rapid.Int64Range(1, 100).Draw(t, "light memory")},
		Promote: promote.DefaultPolicy(), Functions: rapid.IntRange(1, 50).Draw(t, "functions"),
		Exponent: rapid.Float64Range(0.5, 1.5).Draw(t, "exponent"), Calls: rapid.IntRange(0, 500).Draw(t, "calls"),
		Budget: rapid.Int64Range(0, 3000).Draw(t, "budget"), Seed: rapid.Uint64().Draw(t, "seed"),
	}
	c.Heavy.Cold, c.Light.Cold = c.Heavy.Warm+micro("heavy start"), c.Light.Warm+micro("light start")
	return c
}

func TestSimulate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := draw(t)
		r := Simulate(c)
		if r != Simulate(c) {
			t.Fatal("it is not the same each time")
		}
		if most := max(c.Budget, c.Heavy.Memory, c.Light.Memory); r.Peak > most {
			t.Fatalf("%d bytes were held, of %d", r.Peak, most)
		}
		if r.ColdStarts > c.Calls || r.Promoted > r.ColdStarts || c.Mode != Mixed && r.Promoted > 0 {
			t.Fatalf("%+v of %d calls", r, c.Calls)
		}
		// What it took lies between all calls in the cheapest way and all in the dearest.
		low, high := min(c.Heavy.Warm, c.Light.Warm), max(c.Heavy.Cold, c.Light.Cold)
		if r.CPU < low*time.Duration(c.Calls) || r.CPU > high*time.Duration(c.Calls) {
			t.Fatalf("%v for %d calls of %v to %v", r.CPU, c.Calls, low, high)
		}
		switch c.Mode { // exactly, where one engine is used
		case Heavy:
			if want := c.Heavy.Warm*time.Duration(c.Calls-r.ColdStarts) + c.Heavy.Cold*time.Duration(r.ColdStarts); r.CPU != want {
				t.Fatalf("%v, want %v", r.CPU, want)
			}
		case Light:
			if want := c.Light.Warm*time.Duration(c.Calls-r.ColdStarts) + c.Light.Cold*time.Duration(r.ColdStarts); r.CPU != want {
				t.Fatalf("%v, want %v", r.CPU, want)
			}
		case Mixed:
		}
		c.Budget, c.Mode = 1<<40, Light // where all fit, each function is made once
		if all := Simulate(c); all.ColdStarts > c.Functions {
			t.Fatalf("%d cold starts of %d functions", all.ColdStarts, c.Functions)
		}
	})
}

// plainly is Simulate as one would write it first: a map and a list.
func plainly(cfg Config) Result {
	type kept struct {
		function int32
		heavy    bool
		spent    time.Duration
		calls    int
	}
	var r Result
	var held int64
	order, warm := list.New(), map[int32]*list.Element{}
	cost := map[bool]Cost{true: cfg.Heavy, false: cfg.Light}
	drop := func(e *list.Element) {
		i := order.Remove(e).(*kept)
		delete(warm, i.function)
		held -= cost[i.heavy].Memory
	}
	for _, f := range Draw(cfg.Functions, cfg.Exponent, cfg.Calls, cfg.Seed) {
		e := warm[f]
		if e != nil {
			i := e.Value.(*kept)
			if i.heavy || cfg.Mode != Mixed || !promote.Decide(cfg.Promote, promote.State{Light: 1, Spent: i.spent, Calls: i.calls}) {
				order.MoveToFront(e)
				i.spent, i.calls, r.CPU = i.spent+cost[i.heavy].Warm, i.calls+1, r.CPU+cost[i.heavy].Warm
				continue
			}
			drop(e)
			r.Promoted++
		}
		i := &kept{function: f, heavy: cfg.Mode == Heavy || e != nil, calls: 1}
		i.spent = cost[i.heavy].Cold
		for held+cost[i.heavy].Memory > cfg.Budget && order.Len() > 0 {
			drop(order.Back())
		}
		warm[f], held = order.PushFront(i), held+cost[i.heavy].Memory
		r.CPU, r.ColdStarts, r.Peak = r.CPU+i.spent, r.ColdStarts+1, max(r.Peak, held)
	}
	return r
}

func TestSimulateAgainstPlainly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := draw(t)
		if got, want := Simulate(c), plainly(c); got != want {
			t.Fatalf("%+v, want %+v of %+v", got, want, c)
		}
	})
}
