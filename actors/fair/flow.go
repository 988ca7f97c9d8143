package fair

import "time"

const (
	// Heaviest is the largest weight: time costs such a flow as much virtual time.
	Heaviest = 16
	// Ordinary is the weight of a flow that was given none.
	Ordinary = 4

	// least is what any call costs at least, so that none is free.
	least = time.Microsecond
	// first is what a call is expected to cost before any was seen.
	first = 100 * time.Microsecond
	// learn is the part of what is expected that a new measurement replaces.
	learn = 8
	// lag bounds how far behind the clock a flow may stay that has work and no room
	// anywhere: what it could not use it may use up later only so far.
	lag = 50 * time.Millisecond * Heaviest / Ordinary
	// lead bounds how far a flow's debt reaches when it comes back with work.
	lead = 5 * time.Second * Heaviest / Ordinary
)

// Flow is the standing of one function. The zero value, with Owner set, is ready.
type Flow[T any] struct {
	// Owner is whose flow it is.
	Owner T
	// Passed counts how often another was served before it though it was earlier, since
	// it was served last. The owner of the schedule counts.
	Passed int

	weight   int64
	start    time.Duration // on the virtual clock
	expected time.Duration // of a call, an average
	order    uint64        // breaks ties: smaller first
	at       int           // place in the heap, from 1; 0: not in it
}

// SetWeight gives f a weight of 1 to Heaviest; it counts from the next charge on.
func (f *Flow[T]) SetWeight(w int) { f.weight = int64(min(max(w, 1), Heaviest)) }

// Behind returns by how much real time of an ordinary flow f is after other.
func (f *Flow[T]) Behind(other *Flow[T]) time.Duration {
	return (f.start - other.start) * Ordinary / Heaviest
}

// Expected returns what a call is expected to cost.
func (f *Flow[T]) Expected() time.Duration {
	if f.expected == 0 {
		return first
	}
	return f.expected
}

// Learn takes note of what a call of f has cost, without charging it.
func (f *Flow[T]) Learn(spent time.Duration) {
	f.expected = f.Expected() + (max(spent, least)-f.Expected())/learn
}

// virtual is how far cost moves f on.
func (f *Flow[T]) virtual(cost time.Duration) time.Duration {
	w := f.weight
	if w == 0 {
		w = Ordinary
	}
	return cost * Heaviest / time.Duration(w)
}

func (f *Flow[T]) before(other *Flow[T]) bool {
	if f.start != other.start {
		return f.start < other.start
	}
	return f.order < other.order
}
