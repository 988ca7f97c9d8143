package placement

import (
	"math"

	"github.com/cespare/xxhash/v2"
)

// Owner returns the member that owns the identity of a kind; false if there is none.
// Each member owns identities in proportion to its weight. When a member goes, only
// its identities get other owners; when one comes, or grows heavier, identities move
// to it alone.
//
// O(n) for n members, without allocation. Members whose processors round logarithms
// differently may disagree over one identity in some 2^50.
func Owner(kind, identity string, members []Member) (string, bool) {
	var key xxhash.Digest
	key.ResetWithSeed(xxhash.Sum64String(kind)) // so that a kind's end cannot be an identity's beginning
	_, _ = key.WriteString(identity)
	sum := key.Sum64()

	owner, best := "", math.Inf(1)
	for _, m := range members {
		s := score(sum, m)
		if s < best || (s == best && (owner == "" || m.Name < owner)) {
			owner, best = m.Name, s
		}
	}
	return owner, len(members) > 0
}

// score is m's score for a key; the smallest wins. It is distributed exponentially at
// the rate of the weight, and of such numbers each is the smallest with a probability
// in proportion to its rate.
func score(key uint64, m Member) float64 {
	const two64 = 1 << 64
	// Small scores win, and a small float64 keeps every one of the 64 bits.
	uniform := float64(mix(key^nameHash(m.Name))) / two64
	return -math.Log1p(-uniform) / float64(m.weight())
}
