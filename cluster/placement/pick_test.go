package placement

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// in returns an rnd that gives these numbers, and fails on any other question.
func in(t *testing.T, answers ...int) func(n int) int {
	t.Helper()
	t.Cleanup(func() { require.Empty(t, answers, "numbers that were not asked for") })
	return func(n int) int {
		require.NotEmpty(t, answers, "one number too many")
		answer := answers[0]
		require.Less(t, answer, n)
		answers = answers[1:]
		return answer
	}
}

func TestPick(t *testing.T) {
	for name, c := range map[string]struct {
		rnd   []int
		cs    []Candidate
		want  int
		found bool
	}{
		"nobody":                        {nil, nil, 0, false},
		"nobody has room":               {nil, []Candidate{{Room: 0}, {Room: 0}}, 0, false},
		"only one has room":             {nil, []Candidate{{Room: 0}, {Room: 1}}, 1, true},
		"the roomier, taken first":      {[]int{0, 0}, []Candidate{{Room: 2}, {Room: 1}}, 0, true},
		"the roomier, taken second":     {[]int{1, 0}, []Candidate{{Room: 2}, {Room: 1}}, 0, true},
		"not the roomiest of all":       {[]int{0, 0}, []Candidate{{Room: 1}, {Room: 2}, {Room: 9}}, 1, true},
		"the full ones are not drawn":   {[]int{1, 0}, []Candidate{{Room: 0}, {Room: 5}, {Room: 0}, {Room: 7}}, 3, true},
		"alike: who waits less":         {[]int{0, 0}, []Candidate{{Room: 3, Delay: 2}, {Room: 3, Delay: 1}}, 1, true},
		"alike in all: the first drawn": {[]int{1, 0}, []Candidate{{Room: 3}, {Room: 3}}, 1, true},
		"room before delay":             {[]int{0, 0}, []Candidate{{Room: 3}, {Room: 4, Delay: time.Hour}}, 1, true},
		"a report that is due":          {[]int{0, 0}, []Candidate{{Room: 3}, {Room: 4, Age: FreshFor}}, 1, true},
		"an overdue report counts less": {[]int{0, 0}, []Candidate{{Room: 3}, {Room: 4, Age: (FreshFor + StaleAfter) / 2}}, 0, true},
		"but not nothing":               {[]int{0, 0}, []Candidate{{Room: 3}, {Room: 7, Age: (FreshFor + StaleAfter) / 2}}, 1, true},
		"a stale one is left out":       {nil, []Candidate{{Room: 1}, {Room: 100, Age: StaleAfter}}, 0, true},
		"all are stale":                 {nil, []Candidate{{Room: 100, Age: math.MaxInt64}}, 0, false},
		"a report of the future":        {[]int{0, 0}, []Candidate{{Room: 3}, {Room: 4, Age: math.MinInt64}}, 1, true},
		"as much as there can be":       {[]int{0, 0}, []Candidate{{Room: math.MaxUint32 - 1}, {Room: math.MaxUint32}}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, found := Pick(in(t, c.rnd...), c.cs)
			require.Equal(t, c.found, found)
			require.Equal(t, c.want, got)
		})
	}
}

// Of n that may be picked, each pair is as likely; the oracle lists the eligible and
// compares with floats.
func TestPickIsTheBetterOfTheTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cs := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Candidate {
			return Candidate{
				Room: rapid.Uint32Range(0, 5).Draw(t, "room"),
				Age:  time.Duration(rapid.IntRange(-1, 20).Draw(t, "age")) * time.Second,
			}
		}), 0, 12).Draw(t, "candidates")
		var eligible []int
		for i, c := range cs {
			if c.Room > 0 && c.Age < StaleAfter {
				eligible = append(eligible, i)
			}
		}
		var drawn []int
		got, found := Pick(func(n int) int {
			answer := rapid.IntRange(0, n-1).Draw(t, "rnd")
			drawn = append(drawn, answer)
			return answer
		}, cs)
		require.Equal(t, len(eligible) > 0, found)
		switch len(eligible) {
		case 0:
			return
		case 1:
			require.Equal(t, eligible[0], got)
			return
		}
		first := eligible[drawn[0]]
		second := slices.Delete(eligible, drawn[0], drawn[0]+1)[drawn[1]]
		require.Contains(t, []int{first, second}, got)
		loser := first + second - got
		require.GreaterOrEqual(t, discounted(cs[got])+1e-9, discounted(cs[loser]))
	})
}

func discounted(c Candidate) float64 {
	trust := 1 - (c.Age-FreshFor).Seconds()/(StaleAfter-FreshFor).Seconds()
	return float64(c.Room) * min(trust, 1)
}

// A hundred members that each finish one call in a tick, 90 calls a tick, reports ten
// ticks apart: with two choices the longest queue is far shorter than with one, and
// following the best report, which all of them see, is worse than chance.
func TestTwoChoicesBeatOneAndTheBest(t *testing.T) {
	const members, ticks, perTick, reportEvery = 100, 500, 90, 10
	longest := func(choose func(rnd *rand.Rand, cs []Candidate) int) (total int) {
		for seed := range uint64(5) {
			rnd := rand.New(rand.NewPCG(seed, 2)) //nolint:gosec // a simulation's
			queues, reports, worst := make([]int, members), make([]Candidate, members), 0
			for tick := range ticks {
				for i := range queues {
					if tick%reportEvery == 0 {
						reports[i].Room = uint32(ticks*perTick - queues[i])
					}
					queues[i] = max(queues[i]-1, 0)
				}
				for range perTick {
					i := choose(rnd, reports)
					queues[i]++
					worst = max(worst, queues[i])
				}
			}
			total += worst
		}
		return total / 5
	}
	one := longest(func(rnd *rand.Rand, cs []Candidate) int { return rnd.IntN(len(cs)) })
	two := longest(func(rnd *rand.Rand, cs []Candidate) int {
		i, _ := Pick(rnd.IntN, cs)
		return i
	})
	best := longest(func(_ *rand.Rand, cs []Candidate) int {
		roomiest := 0
		for i, c := range cs {
			if c.Room > cs[roomiest].Room {
				roomiest = i
			}
		}
		return roomiest
	})
	t.Logf("longest queue, mean of 5 runs: one choice %d, two %d, the best report %d", one, two, best)
	require.Less(t, 3*two, 2*one)
	require.Less(t, one, best)
}
