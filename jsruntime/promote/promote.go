package promote

import "time"

// Policy is when a function goes on in the heavy engine.
type Policy struct {
	// Spent is the time in the light engine, of one runtime's warm instances of a function
	// since the first of them started, after which the next call is run in the heavy one.
	Spent time.Duration
	// Call is the mean time of a call, where each has an instance of its own, from which on
	// the heavy engine's dearer instance is the cheaper one for the call as a whole.
	Call time.Duration
	// Busy is how many warm instances of one function may be in use at once: each serves
	// one call, where a heavy one serves many.
	Busy int
}

// DefaultPolicy is what the measurements of docs/benchmarks.md say: 10 ms, 1 ms, and 4.
func DefaultPolicy() Policy {
	return Policy{Spent: 10 * time.Millisecond, Call: time.Millisecond, Busy: 4}
}

// State is what is known of a function in one runtime.
type State struct {
	// Pinned says that it needs what the light engine lacks.
	Pinned bool
	// Fresh says that each call has an instance of its own.
	Fresh bool
	// Heavy is how many warm instances there are in the heavy engine, Light in the light
	// one, and Busy how many of these are in use.
	Heavy, Light, Busy int
	// Spent is the time that calls took in the light engine, and Calls how many they were:
	// of the warm instances since there was none, or of all where each is fresh.
	Spent time.Duration
	Calls int
}

// Decide reports whether the next call runs in the heavy engine. A function that is there
// once stays until its instance is dropped; then it begins anew.
func Decide(p Policy, s State) bool {
	switch {
	case s.Pinned || s.Heavy > 0:
		return true
	case s.Fresh:
		return s.Calls > 0 && s.Spent/time.Duration(s.Calls) >= p.Call
	case s.Light == 0:
		return false
	default:
		return s.Spent >= p.Spent || s.Busy >= p.Busy
	}
}
