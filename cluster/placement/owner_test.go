package placement

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const identities = 40_000

// owners counts each member's identities.
func owners(members []Member) map[string]int {
	counts := make(map[string]int)
	for i := range identities {
		owner, _ := Owner("function", "f"+strconv.Itoa(i), members)
		counts[owner]++
	}
	return counts
}

func TestIdentitiesSpreadByWeight(t *testing.T) {
	names := func(n int, weight func(i int) uint32, format string, from int) []Member {
		members := make([]Member, n)
		for i := range members {
			members[i] = Member{fmt.Sprintf(format, from+i), weight(i)}
		}
		return members
	}
	alike := func(int) uint32 { return 4 }
	mixed := func(i int) uint32 { return []uint32{1, 2, 4, 8}[i%4] }
	for name, members := range map[string][]Member{
		"three on one host":        names(3, alike, "127.0.0.1:%d", 7946),
		"ten on one host":          names(10, alike, "127.0.0.1:%d", 40000),
		"three addresses":          names(3, alike, "127.0.0.%d:7946", 1),
		"two of a set":             names(2, alike, "node-%d", 1),
		"five of a set":            names(5, alike, "isolane-%d.isolane.default.svc", 0),
		"twenty of a set":          names(20, alike, "node-%d", 1),
		"eight of unequal weights": names(8, mixed, "node-%d", 1),
		"weights as of bytes":      {{"a", 1 << 31}, {"b", 1 << 30}, {"c", 1 << 30}},
	} {
		t.Run(name, func(t *testing.T) {
			counts, all := owners(members), float64(weights(members))
			for _, m := range members {
				want := identities * float64(m.weight()) / all
				// Five standard deviations of chance, which is 2.5 % of a share of half.
				require.InDelta(t, want, counts[m.Name], 5*math.Sqrt(want), "%s of weight %d in %v", m.Name, m.Weight, counts)
			}
		})
	}
}

func TestNobodyOwns(t *testing.T) {
	owner, ok := Owner("function", "f", nil)
	require.False(t, ok)
	require.Empty(t, owner)
}

func TestKindAndIdentityAreKeptApart(t *testing.T) {
	members := []Member{{"a", 1}, {"b", 1}}
	differ := 0
	for i := range 100 {
		n := strconv.Itoa(i)
		one, _ := Owner("ab"+n, "c", members)
		other, _ := Owner("a", "b"+n+"c", members)
		if one != other {
			differ++
		}
	}
	require.InDelta(t, 50, differ, 30)
}

// A rolling update has two versions compute owners side by side.
func TestOwnersStayWhoTheyWere(t *testing.T) {
	members := []Member{{"node-1", 2}, {"node-2", 2}, {"node-3", 4}}
	got := make([]string, 12)
	for i := range got {
		got[i], _ = Owner("schedule", "s"+strconv.Itoa(i), members)
	}
	require.Equal(t, []string{
		"node-3", "node-1", "node-3", "node-3", "node-3", "node-2",
		"node-3", "node-1", "node-3", "node-3", "node-2", "node-2",
	}, got)
}

func TestOnlyIdentitiesOfWhoWentMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := anyMembers(t)
		gone := rapid.IntRange(0, len(members)-1).Draw(t, "gone")
		without := slices.Delete(slices.Clone(members), gone, gone+1)
		slices.Reverse(without)
		for i := range 50 {
			id := strconv.Itoa(i)
			before, _ := Owner("kind", id, members)
			after, ok := Owner("kind", id, without)
			require.Equal(t, len(without) > 0, ok)
			if before != members[gone].Name {
				require.Equal(t, before, after)
			}
		}
	})
}

func TestIdentitiesMoveOnlyToWhoGrowsHeavier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := anyMembers(t)
		grown := slices.Clone(members)
		grown[0].Weight = rapid.Uint32Min(grown[0].Weight).Draw(t, "weight")
		for i := range 50 {
			id := strconv.Itoa(i)
			before, _ := Owner("kind", id, members)
			after, _ := Owner("kind", id, grown)
			if after != before {
				require.Equal(t, grown[0].Name, after)
			}
		}
	})
}

func BenchmarkPlacement(b *testing.B) {
	for _, n := range []int{3, 10, 100, 1000} {
		members, candidates := make([]Member, n), make([]Candidate, n)
		for i := range members {
			members[i] = Member{fmt.Sprintf("node-%d", i), uint32(1 + i%8)}
			candidates[i] = Candidate{Name: members[i].Name, Room: uint32(i)}
		}
		b.Run(fmt.Sprintf("Shares/%d", n), func(b *testing.B) {
			for b.Loop() {
				Shares(8*n, members)
			}
		})
		b.Run(fmt.Sprintf("Owner/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Owner("function", "f", members)
			}
		})
		b.Run(fmt.Sprintf("Pick/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			next := 0
			for b.Loop() {
				Pick(func(n int) int { next += 7919; return next % n }, candidates)
			}
		})
	}
}
