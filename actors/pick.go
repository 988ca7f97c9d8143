package actors

// candidate is a free runtime that has room for the function.
type candidate struct {
	slot     *slot
	inflight int
	warm     bool
}

// pickFunc chooses which free runtime is woken for a ticket of the function fn: an
// index into free, which is not empty and is ordered by runtime. turn grows by one
// with each choice, to break ties. It is pure, so that policies can be compared.
type pickFunc func(free []candidate, fn string, turn int) int

// pickWarm prefers a runtime where the function is warm, then the one with the least
// in flight; ties rotate.
func pickWarm(free []candidate, _ string, turn int) int {
	return pickBy(free, turn, func(a, b candidate) bool {
		if a.warm != b.warm {
			return a.warm
		}
		return a.inflight < b.inflight
	})
}

// pickLeast prefers the runtime with the least in flight; ties rotate.
func pickLeast(free []candidate, _ string, turn int) int {
	return pickBy(free, turn, func(a, b candidate) bool { return a.inflight < b.inflight })
}

// pickBy returns the best by better, beginning the search at turn.
func pickBy(free []candidate, turn int, better func(a, b candidate) bool) int {
	best := turn % len(free)
	for i := 1; i < len(free); i++ {
		if at := (turn + i) % len(free); better(free[at], free[best]) {
			best = at
		}
	}
	return best
}
