package top

import (
	"cmp"
	"slices"
	"strings"
)

// Other is the name of the series that all share who have none. No function can be called
// so: a name has no underscore.
const Other = "_other"

const (
	// fade is what is left of a name's activity a turn later.
	fade = 0.8
	// lead is how many times busier a name must be to take another's series.
	lead = 2
)

// Series is what was counted under a name. N belongs to the Set, and is good until its next
// turn.
type Series struct {
	Name string
	N    []uint64
}

// name is one that is counted.
type name struct {
	last   []uint64 // what it counted at the turn before
	own    []uint64 // its series; nil where it has none
	active float64
	seen   uint64 // the turn that it was counted in last
}

// Set is the names that are counted, and who has a series. Make one with New.
type Set struct {
	max   int
	turn  uint64
	names map[string]*name
	owned int
	other []uint64
}

// New returns a Set with at most max series besides the shared one; 0 leaves that alone.
func New(max int) *Set {
	return &Set{max: max, names: map[string]*name{}}
}

// Begin begins a turn.
func (s *Set) Begin() { s.turn++ }

// Count says what stands counted under a name: as many numbers each time, the first of
// which is how busy it is. A number that went down began anew. now stays the caller's.
func (s *Set) Count(who string, now []uint64) {
	n := s.names[who]
	if n == nil {
		n = &name{last: make([]uint64, len(now))}
		s.names[who] = n
	}
	if s.other == nil {
		s.other = make([]uint64, len(now))
	}
	n.seen = s.turn
	n.active *= fade
	n.active += float64(since(n.last[0], now[0]))
	if n.own == nil && s.owned < s.max && n.active > 0 {
		n.own = make([]uint64, len(now))
		s.owned++
	}
	to := n.own
	if to == nil {
		to = s.other
	}
	for i, v := range now {
		to[i] += since(n.last[i], v)
		n.last[i] = v
	}
}

// since is how much was counted between two readings.
func since(before, now uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// End ends a turn, forgets who was not counted in it, and returns all series, sorted by
// name, the shared one first where anything was counted.
func (s *Set) End() []Series {
	for who, n := range s.names {
		if n.seen == s.turn {
			continue
		}
		if n.own != nil {
			s.owned--
		}
		delete(s.names, who)
	}
	all := make([]Series, 0, s.owned+1)
	if s.other != nil {
		all = append(all, Series{Other, s.other})
	}
	for who, n := range s.names {
		if n.own != nil {
			all = append(all, Series{who, n.own})
		}
	}
	slices.SortFunc(all, func(a, b Series) int { return strings.Compare(a.Name, b.Name) })
	s.exchange()
	return all
}

// exchange gives the series of the quietest to those that are much busier, from the next
// turn on.
func (s *Set) exchange() {
	if s.max == 0 || s.owned < s.max {
		return
	}
	var with, without []*name
	for _, n := range s.names {
		if n.own != nil {
			with = append(with, n)
		} else if n.active > 0 {
			without = append(without, n)
		}
	}
	byActive := func(a, b *name) int { return cmp.Compare(a.active, b.active) }
	slices.SortFunc(with, byActive)
	slices.SortFunc(without, func(a, b *name) int { return byActive(b, a) })
	for i := range min(len(with), len(without)) {
		if without[i].active <= lead*with[i].active {
			return
		}
		without[i].own, with[i].own = make([]uint64, len(s.other)), nil
	}
}
