package placement

import (
	"math/bits"
	"time"
)

const (
	// FreshFor is how old a load report may be and count in full: a member whose load
	// does not change reports it that often all the same, so nothing newer is to be
	// expected.
	FreshFor = 5 * time.Second
	// StaleAfter is the age at which a report counts for nothing and its member is not
	// picked: three reports in a row did not arrive.
	StaleAfter = 3 * FreshFor
)

// Candidate is a member that could take a call over, as its last report has it.
type Candidate struct {
	Name string
	// Room is how many calls it could take on now; with 0 it is not picked.
	Room uint32
	// Delay is how long calls waited in its queue of late. It decides between two that
	// have the same room.
	Delay time.Duration
	// Age is how long ago the report was heard; negative counts as 0. Up to FreshFor
	// Room counts in full, from there on less and less, and from StaleAfter on the
	// candidate is not picked.
	// Where a cluster is so large that its members report more rarely than FreshFor,
	// give the age divided by as much as they are slower.
	Age time.Duration
}

// Pick returns the index of the candidate that takes the call: the better of two that
// have room, taken at random. False if none has room. Two rather than the best of all,
// since everybody sees the same reports, late: the best of all would be everybody's.
//
// rnd returns a number from 0 to below n, as rand.IntN does; it is called at most
// twice. O(n), without allocation.
func Pick(rnd func(n int) int, cs []Candidate) (int, bool) {
	n := 0
	for i := range cs {
		if cs[i].eligible() {
			n++
		}
	}
	switch n {
	case 0:
		return 0, false
	case 1:
		return nthEligible(cs, 0), true
	}
	first, second := rnd(n), rnd(n-1)
	if second >= first {
		second++
	}
	a, b := nthEligible(cs, first), nthEligible(cs, second)
	if cs[b].better(cs[a]) {
		return b, true
	}
	return a, true
}

// eligible says whether c may be picked at all.
func (c *Candidate) eligible() bool { return c.Room > 0 && c.Age < StaleAfter }

// nthEligible is the index of the eligible candidate before which there are n others.
func nthEligible(cs []Candidate, n int) int {
	for i := range cs {
		if !cs[i].eligible() {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	panic("placement: rnd returned a number out of range")
}

// better says whether c is to be preferred to o; false if they are alike.
func (c *Candidate) better(o Candidate) bool {
	cHi, cLo := c.room()
	oHi, oLo := o.room()
	if cHi != oHi {
		return cHi > oHi
	}
	if cLo != oLo {
		return cLo > oLo
	}
	return c.Delay < o.Delay
}

// room is the discounted room, as 128 bits: Room times what is left of the report's
// life, in nanoseconds.
func (c *Candidate) room() (hi, lo uint64) {
	trust := min(StaleAfter-max(c.Age, 0), StaleAfter-FreshFor)
	return bits.Mul64(uint64(c.Room), uint64(trust))
}
