package tail

import "time"

// instance is that of one function, in memory or not.
type instance struct {
	there, heavy bool
	spent        time.Duration
	calls        int
	// newer and older are the neighbours in the order of use.
	newer, older int32
}

// recent has the instances in the order of their last use: a list through a slice, since a
// run of the laboratory replays hundreds of millions of calls. The place after the last
// function is the end of the list on both sides.
type recent struct {
	all []instance
}

func newRecent(functions int) recent {
	r := recent{all: make([]instance, functions+1)}
	end := r.end()
	r.all[end].newer, r.all[end].older = end, end
	return r
}

func (r recent) end() int32 { return int32(len(r.all) - 1) } //nolint:gosec // a number of functions

// push makes f the most recently used; it is not in the list.
func (r recent) push(f int32) {
	end := r.end()
	first := r.all[end].older
	r.all[f].there, r.all[f].newer, r.all[f].older = true, end, first
	r.all[first].newer, r.all[end].older = f, f
}

// remove takes f out of the list.
func (r recent) remove(f int32) {
	i := &r.all[f]
	r.all[i.newer].older, r.all[i.older].newer = i.older, i.newer
	i.there = false
}

// last is the one that was not used for the longest time; -1 where there is none.
func (r recent) last() int32 {
	if f := r.all[r.end()].newer; f != r.end() {
		return f
	}
	return -1
}
