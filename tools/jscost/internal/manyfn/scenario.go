package manyfn

import "fmt"

// Scenario is one thing to measure, in a process of its own.
type Scenario struct {
	Name string `json:"name"`
	// Functions is how many distinct ones there are.
	Functions int `json:"functions"`
	Runtimes  int `json:"runtimes"`
	// MaxContexts is how many contexts each runtime keeps warm at most.
	MaxContexts int `json:"max_contexts"`
	// Anywhere lets each call go to any runtime, as a dispatcher does that looks for
	// a free one; else a function has one runtime that all its calls go to.
	Anywhere bool `json:"anywhere"`
	// State is about how much each context keeps on V8's heap, in bytes.
	State int `json:"state"`
	// Rounds is how often each function is called, in a random order.
	Rounds int `json:"rounds"`
}

// Scenarios returns those that are measured for functions of them.
func Scenarios(functions, rounds int) []Scenario {
	const state = 200_000
	var all []Scenario
	for _, s := range []Scenario{
		{Runtimes: 4, MaxContexts: 256},
		{Runtimes: 4, MaxContexts: 256, Anywhere: true},
		{Runtimes: 4, MaxContexts: 1024, Anywhere: true},
		{Runtimes: 1, MaxContexts: 256},
		{Runtimes: 1, MaxContexts: 1024},
		{Runtimes: 4, MaxContexts: 256, State: state},
		{Runtimes: 4, MaxContexts: 256, Anywhere: true, State: state},
		{Runtimes: 4, MaxContexts: 1024, Anywhere: true, State: state},
	} {
		s.Functions, s.Rounds = functions, rounds
		s.Name = s.name()
		all = append(all, s)
	}
	return all
}

func (s Scenario) name() string {
	name := fmt.Sprintf("%dx%d", s.Runtimes, s.MaxContexts)
	if s.Anywhere {
		name += "-anywhere"
	}
	if s.State > 0 {
		name += "-state"
	}
	return name
}
