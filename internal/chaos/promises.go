package chaos

import "fmt"

// Promise is one of docs/promises.md, by its number.
type Promise int

// The promises that are judged.
const (
	oneOutcome    Promise = 1  // each call exactly one outcome
	ordinaryEnd   Promise = 9  // SIGTERM finishes what was accepted, status 0
	deathCosts    Promise = 19 // a death costs what it had in flight, and no other message
	oneIsolate    Promise = 21 // a dedicated function has one isolate
	neverTwice    Promise = 22 // nothing that is not idempotent runs twice unseen
	convergence   Promise = 37 // the members agree again after any fault
	strangersStay Promise = 38 // who has not the key, the certificate or the wire gets no work
	clocksAreFree Promise = 39 // wall clocks may say what they like
)

// Broken is a promise that did not hold.
type Broken struct {
	Promise Promise
	What    string
}

// String implements fmt.Stringer.
func (b Broken) String() string { return fmt.Sprintf("promise %d: %s", b.Promise, b.What) }

func broken(p Promise, format string, args ...any) Broken {
	return Broken{Promise: p, What: fmt.Sprintf(format, args...)}
}
