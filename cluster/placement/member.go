package placement

import (
	"cmp"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Member is one that may take work; whoever drains, has left or only looks on is not
// given to this package.
type Member struct {
	// Name is unique. Of two members with one name, the heavier counts and the other
	// does not.
	Name string
	// Weight is the capacity in comparison with the others': twice the weight is twice
	// the share and twice the identities. 0 counts as 1.
	Weight uint32
}

// weight is the weight that counts.
func (m Member) weight() uint64 { return uint64(max(m.Weight, 1)) }

// byName returns a sorted copy without the second of two equal names.
func byName(members []Member) []Member {
	sorted := slices.Clone(members)
	slices.SortFunc(sorted, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(b.weight(), a.weight()))
	})
	return slices.CompactFunc(sorted, func(a, b Member) bool { return a.Name == b.Name })
}

// nameHash is 64 bits of a name, each of which depends on all of its bytes.
func nameHash(name string) uint64 { return mix(xxhash.Sum64String(name)) }

// mix is a bijection of 64 bits after which each bit depends on every one before it:
// David Stafford's thirteenth variant of the finaliser of MurmurHash3. Names that
// differ in one digit, as addresses of one host do, must not come out alike.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
