package placement

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestShares(t *testing.T) {
	for name, c := range map[string]struct {
		total   int
		members []Member
		want    map[string]int
	}{
		"nobody":                 {12, nil, map[string]int{}},
		"nothing":                {0, []Member{{"a", 1}, {"b", 2}}, map[string]int{"a": 0, "b": 0}},
		"less than nothing":      {-3, []Member{{"a", 1}}, map[string]int{"a": 0}},
		"alone":                  {12, []Member{{"a", 7}}, map[string]int{"a": 12}},
		"equal":                  {12, []Member{{"a", 4}, {"b", 4}, {"c", 4}}, map[string]int{"a": 4, "b": 4, "c": 4}},
		"by weight":              {12, []Member{{"a", 2}, {"b", 1}, {"c", 1}}, map[string]int{"a": 6, "b": 3, "c": 3}},
		"fewer than members":     {1, []Member{{"a", 1}, {"b", 9}, {"c", 1}}, map[string]int{"a": 0, "b": 1, "c": 0}},
		"weight 0 counts as 1":   {4, []Member{{"a", 0}, {"b", 1}}, map[string]int{"a": 2, "b": 2}},
		"one name twice":         {4, []Member{{"a", 1}, {"a", 3}, {"b", 1}}, map[string]int{"a": 3, "b": 1}},
		"the largest of numbers": {math.MaxInt, []Member{{"a", math.MaxUint32}}, map[string]int{"a": math.MaxInt}},
		"a tiny one beside it":   {math.MaxInt, []Member{{"a", math.MaxUint32}, {"b", 1}}, map[string]int{"a": math.MaxInt - 1<<31 + 1, "b": 1<<31 - 1}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, Shares(c.total, c.members))
		})
	}
}

// Every member of a cluster must compute the same, over versions of this program too:
// an update that changes these would have two versions disagree while it rolls.
func TestSharesStayWhatTheyWere(t *testing.T) {
	require.Equal(t,
		map[string]int{"node-1": 3, "node-2": 3, "node-3": 3, "node-4": 8, "node-5": 3},
		Shares(20, []Member{{"node-1", 1}, {"node-2", 1}, {"node-3", 1}, {"node-4", 2}, {"node-5", 1}}))
}

func TestSharesAreTheGreedyOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members, total := anyMembers(t), rapid.IntRange(0, 300).Draw(t, "total")
		require.Equal(t, greedyShares(total, members), Shares(total, members))
	})
}

// greedyShares hands out unit by unit, with fractions: slow, and easy to believe.
func greedyShares(total int, members []Member) map[string]int {
	shares := make(map[string]int)
	for _, m := range members {
		shares[m.Name] = 0
	}
	for range total {
		best := ""
		var least *big.Rat
		for _, m := range members {
			crowd := big.NewRat(int64(shares[m.Name])+1, int64(max(m.Weight, 1)))
			if least == nil || crowd.Cmp(least) < 0 || crowd.Cmp(least) == 0 && nameHash(m.Name) < nameHash(best) {
				best, least = m.Name, crowd
			}
		}
		shares[best]++
	}
	return shares
}

func TestSharesKeepTheirPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := anyMembers(t)
		total := rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(0, math.MaxInt-1)).Draw(t, "total")
		shares := Shares(total, members)

		shuffled := slices.Clone(members)
		rand.New(rand.NewPCG(uint64(total), 1)).Shuffle(len(shuffled), func(i, j int) { //nolint:gosec // shuffles a test's input
			shuffled[i], shuffled[j] = shuffled[j], shuffled[i]
		})
		require.Equal(t, shares, Shares(total, shuffled), "in any order")
		require.Len(t, shares, len(members))
		require.Equal(t, total, sum(shares))

		for _, m := range members {
			quota := new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(int64(m.weight())))
			quota.Div(quota, big.NewInt(int64(weights(members))))
			require.GreaterOrEqual(t, int64(shares[m.Name]), quota.Int64(), "%s has its quota rounded down", m.Name)
		}
		for _, crowded := range members {
			for _, other := range members {
				now := big.NewRat(int64(shares[crowded.Name]), int64(crowded.weight()))
				then := new(big.Rat).SetFrac(
					new(big.Int).Add(big.NewInt(int64(shares[other.Name])), big.NewInt(1)),
					big.NewInt(int64(other.weight())))
				require.LessOrEqual(t, now.Cmp(then), 0, "%s would be less crowded with one more than %s is", other.Name, crowded.Name)
			}
		}
	})
}

func TestOneUnitMoreGoesToOneMember(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := anyMembers(t)
		total := rapid.IntRange(0, 1000).Draw(t, "total")
		before, after := Shares(total, members), Shares(total+1, members)
		for name := range before {
			require.GreaterOrEqual(t, after[name], before[name])
		}
	})
}

func TestOnlyTheSharesOfWhoWentMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members := anyMembers(t)
		total := rapid.OneOf(rapid.IntRange(0, 300), rapid.IntRange(0, math.MaxInt)).Draw(t, "total")
		gone := rapid.IntRange(0, len(members)).Draw(t, "gone")
		without := members[gone:]
		before, after := Shares(total, members), Shares(total, without)
		moved, share := 0, 0
		for _, m := range without {
			require.GreaterOrEqual(t, after[m.Name], before[m.Name], "nothing moves between those who stay")
			moved += after[m.Name] - before[m.Name]
		}
		for _, m := range members[:gone] {
			share += before[m.Name]
		}
		if len(without) > 0 {
			require.Equal(t, share, moved, "what moved is exactly what they had")
		}
	})
}

func TestWhoGrowsHeavierLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		members, total := anyMembers(t), rapid.IntRange(0, 1000).Draw(t, "total")
		before := Shares(total, members)
		grown := slices.Clone(members)
		grown[0].Weight = rapid.Uint32Min(grown[0].Weight).Draw(t, "weight")
		after := Shares(total, grown)
		require.GreaterOrEqual(t, after[grown[0].Name], before[grown[0].Name])
		for _, m := range grown[1:] {
			require.LessOrEqual(t, after[m.Name], before[m.Name])
		}
	})
}

// anyMembers draws members with different names, few or many, alike or not.
func anyMembers(t *rapid.T) []Member {
	weight := rapid.OneOf(rapid.Just(uint32(4)), rapid.Uint32Range(0, 16), rapid.Uint32())
	return rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Member {
		return Member{Name: fmt.Sprintf("node-%d", rapid.IntRange(1, 1000).Draw(t, "n")), Weight: weight.Draw(t, "weight")}
	}), 1, 40, func(m Member) string { return m.Name }).Draw(t, "members")
}

func sum(shares map[string]int) (total int) {
	for _, s := range shares {
		total += s
	}
	return total
}

func weights(members []Member) (total uint64) {
	for _, m := range members {
		total += m.weight()
	}
	return total
}
