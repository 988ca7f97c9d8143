package tail

import (
	"container/list"
	"math"
	"math/rand/v2"
	"sort"
	"time"

	"github.com/isolane/isolane/jsruntime/promote"
)

// Mode says where functions run.
type Mode string

// The modes.
const (
	Heavy Mode = "v8"
	Light Mode = "quickjs"
	Mixed Mode = "auto"
)

// Cost is what an engine takes of a function.
type Cost struct {
	// Cold is the time of a first call, making the instance included; Warm that of a later one.
	Cold, Warm time.Duration
	// Memory is what an instance holds, in bytes.
	Memory int64
}

// Config is a run.
type Config struct {
	Mode         Mode
	Heavy, Light Cost
	Promote      promote.Policy
	// Functions are how many there are, and Exponent Zipf's: the n-th is called n^-Exponent
	// times as often as the first.
	Functions int
	Exponent  float64
	Calls     int
	// Budget is what all instances may hold together; one may always be there.
	Budget int64
	Seed   uint64
}

// Result is what came of a run.
type Result struct {
	// CPU is the time that all calls took, ColdStarts how many of them made an instance.
	CPU        time.Duration
	ColdStarts int
	// Promoted counts the instances made in the heavy engine in place of a light one.
	Promoted int
	// Peak is the most that was held.
	Peak int64
}

// instance is one in memory.
type instance struct {
	function int
	heavy    bool
	spent    time.Duration
	calls    int
}

// Simulate runs it.
func Simulate(cfg Config) Result {
	var r Result
	draw := zipf(cfg)
	recent := list.New() // the most recently used first
	warm := map[int]*list.Element{}
	var held int64
	cost := func(heavy bool) Cost {
		if heavy {
			return cfg.Heavy
		}
		return cfg.Light
	}
	drop := func(e *list.Element) {
		i := recent.Remove(e).(*instance)
		delete(warm, i.function)
		held -= cost(i.heavy).Memory
	}
	for range cfg.Calls {
		f := draw()
		e := warm[f]
		if e != nil {
			recent.MoveToFront(e)
			i := e.Value.(*instance)
			if i.heavy || cfg.Mode != Mixed || !promote.Decide(cfg.Promote, promote.State{Light: 1, Spent: i.spent, Calls: i.calls}) {
				took := cost(i.heavy).Warm
				i.spent, i.calls = i.spent+took, i.calls+1
				r.CPU += took
				continue
			}
			drop(e)
			r.Promoted++
		}
		i := &instance{function: f, heavy: cfg.Mode == Heavy || e != nil, calls: 1}
		took := cost(i.heavy).Cold
		i.spent = took
		for held+cost(i.heavy).Memory > cfg.Budget && recent.Len() > 0 {
			drop(recent.Back())
		}
		warm[f] = recent.PushFront(i)
		held += cost(i.heavy).Memory
		r.CPU, r.ColdStarts, r.Peak = r.CPU+took, r.ColdStarts+1, max(r.Peak, held)
	}
	return r
}

// zipf returns what draws the next function.
func zipf(cfg Config) func() int {
	sums := make([]float64, cfg.Functions)
	total := 0.0
	for i := range sums {
		total += math.Pow(float64(i+1), -cfg.Exponent)
		sums[i] = total
	}
	random := rand.New(rand.NewPCG(cfg.Seed, cfg.Seed)) //nolint:gosec // it is to be the same each time
	return func() int { return min(sort.SearchFloat64s(sums, random.Float64()*total), cfg.Functions-1) }
}
