package placement

import (
	"cmp"
	"container/heap"
	"math/bits"
)

// Shares splits total into whole shares by weight, one entry for each member, 0
// included; they sum to total. With no members, or a total of 0 or less, nothing is
// shared out: the shares that there are are 0.
//
// The package's comment says what is promised of them. O(n log n) for n members,
// whatever total is; exact for every total and weight.
func Shares(total int, members []Member) map[string]int {
	sorted := byName(members)
	shares := make(map[string]int, len(sorted))
	if len(sorted) == 0 {
		return shares
	}
	var weights uint64
	for _, m := range sorted {
		weights += m.weight()
	}
	// Nobody gets less than its quota rounded down, so the units of the quotas need
	// no contest; fewer than one for each member are left.
	left := uint64(max(total, 0))
	contest := make(claims, 0, len(sorted))
	for _, m := range sorted {
		quota := mulDiv(uint64(max(total, 0)), m.weight(), weights)
		left -= quota
		contest = append(contest, claim{name: m.Name, weight: m.weight(), share: quota, hash: nameHash(m.Name)})
	}
	heap.Init(&contest)
	for ; left > 0; left-- {
		contest[0].share++
		heap.Fix(&contest, 0)
	}
	for _, c := range contest {
		shares[c.name] = int(c.share)
	}
	return shares
}

// mulDiv is a*b/c rounded down, for a < 2^63 and b <= c, so that it fits.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	quotient, _ := bits.Div64(hi, lo, c)
	return quotient
}

// claim is one member's claim to the next unit.
type claim struct {
	name   string
	weight uint64
	share  uint64
	hash   uint64
}

// compare is negative if c comes before o: if c with one unit more would be less
// crowded than o with one more. Ties are decided by the names alone, so that they fall
// the same whoever else is there; by their hashes, so that no cluster's first name in
// the alphabet carries every odd unit of everything.
func (c claim) compare(o claim) int {
	cHi, cLo := bits.Mul64(c.share+1, o.weight)
	oHi, oLo := bits.Mul64(o.share+1, c.weight)
	return cmp.Or(cmp.Compare(cHi, oHi), cmp.Compare(cLo, oLo), cmp.Compare(c.hash, o.hash), cmp.Compare(c.name, o.name))
}

// claims is a heap with the best claim in front.
type claims []claim

func (c claims) Len() int           { return len(c) }
func (c claims) Less(i, j int) bool { return c[i].compare(c[j]) < 0 }
func (c claims) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }

// Push and Pop are heap.Interface's; the heap neither grows nor shrinks.
func (c *claims) Push(x any) { *c = append(*c, x.(claim)) }

// Pop is not called.
func (c *claims) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}
