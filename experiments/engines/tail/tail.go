package tail

import (
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

// Simulate runs it: Replay of what Draw drew.
func Simulate(cfg Config) Result {
	return Replay(cfg, Draw(cfg.Functions, cfg.Exponent, cfg.Calls, cfg.Seed))
}

// Draw draws the functions that are called, one after the other, by Zipf's law. What it
// returns may be replayed as often as one likes.
func Draw(functions int, exponent float64, calls int, seed uint64) []int32 {
	sums := make([]float64, functions)
	total := 0.0
	for i := range sums {
		total += math.Pow(float64(i+1), -exponent)
		sums[i] = total
	}
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // it is to be the same each time
	drawn := make([]int32, calls)
	for i := range drawn {
		drawn[i] = int32(min(sort.SearchFloat64s(sums, random.Float64()*total), functions-1)) //nolint:gosec // a number of functions
	}
	return drawn
}

// Replay runs the calls of drawn, which are of cfg.Functions functions; cfg's exponent, number
// of calls and seed count for nothing.
func Replay(cfg Config, drawn []int32) Result {
	var r Result
	warm := newRecent(cfg.Functions)
	var held int64
	cost := func(heavy bool) Cost {
		if heavy {
			return cfg.Heavy
		}
		return cfg.Light
	}
	drop := func(f int32) {
		warm.remove(f)
		held -= cost(warm.all[f].heavy).Memory
	}
	for _, f := range drawn {
		i := &warm.all[f]
		promoted := false
		if i.there {
			if i.heavy || cfg.Mode != Mixed || !promote.Decide(cfg.Promote, promote.State{Light: 1, Spent: i.spent, Calls: i.calls}) {
				warm.remove(f)
				warm.push(f)
				took := cost(i.heavy).Warm
				i.spent, i.calls = i.spent+took, i.calls+1
				r.CPU += took
				continue
			}
			drop(f)
			r.Promoted++
			promoted = true
		}
		i.heavy, i.calls = cfg.Mode == Heavy || promoted, 1
		took := cost(i.heavy).Cold
		i.spent = took
		for held+cost(i.heavy).Memory > cfg.Budget && warm.last() >= 0 {
			drop(warm.last())
		}
		warm.push(f)
		held += cost(i.heavy).Memory
		r.CPU, r.ColdStarts, r.Peak = r.CPU+took, r.ColdStarts+1, max(r.Peak, held)
	}
	return r
}
