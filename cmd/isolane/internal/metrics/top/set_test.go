package top

import (
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func turn(s *Set, counts map[string]uint64) map[string]uint64 {
	s.Begin()
	for who, n := range counts {
		s.Count(who, []uint64{n})
	}
	got := map[string]uint64{}
	for _, one := range s.End() {
		got[one.Name] = one.N[0]
	}
	return got
}

func TestTheBusiestHaveTheirOwn(t *testing.T) {
	s := New(1)
	require.Equal(t, map[string]uint64{Other: 0}, turn(s, map[string]uint64{"a": 0, "b": 0}), "nobody was called")
	require.Equal(t, map[string]uint64{Other: 0, "a": 1}, turn(s, map[string]uint64{"a": 1, "b": 0}))
	// b is much busier, and has its own from the next turn on: what it counted before stays.
	require.Equal(t, map[string]uint64{Other: 10, "a": 1}, turn(s, map[string]uint64{"a": 1, "b": 10}))
	require.Equal(t, map[string]uint64{Other: 10, "b": 5}, turn(s, map[string]uint64{"a": 1, "b": 15}))
	// a little busier is not enough.
	require.Equal(t, map[string]uint64{Other: 16, "b": 10}, turn(s, map[string]uint64{"a": 7, "b": 20}))
	require.Equal(t, map[string]uint64{Other: 22, "b": 15}, turn(s, map[string]uint64{"a": 13, "b": 25}))
	// One that is gone leaves its place; one that began anew counts from zero.
	require.Equal(t, map[string]uint64{Other: 25}, turn(s, map[string]uint64{"a": 3}))
	require.Equal(t, map[string]uint64{Other: 25, "a": 2}, turn(s, map[string]uint64{"a": 5}))
}

func TestNone(t *testing.T) {
	s := New(0)
	require.Empty(t, turn(s, nil))
	require.Equal(t, map[string]uint64{Other: 6}, turn(s, map[string]uint64{"a": 1, "b": 5}))
}

// Whoever counts what, and comes and goes: there are never more series than max and the
// shared one, none goes down while it is there, and what is counted between two turns is
// what all series together grew by.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 4).Draw(t, "max")
		s := New(limit)
		counts, before := map[string]uint64{}, map[string]uint64{}
		for range rapid.IntRange(1, 40).Draw(t, "turns") {
			var grown uint64
			for i := range 8 {
				who := fmt.Sprint("f", i)
				switch rapid.IntRange(0, 9).Draw(t, "what") {
				case 0:
					delete(counts, who)
				case 1: // nothing, perhaps not there
				default:
					more := rapid.Uint64Range(0, 1<<rapid.IntRange(0, 12).Draw(t, "busy")).Draw(t, "more")
					counts[who] += more
					grown += more
				}
			}
			got := turn(s, counts)
			if len(got) > limit+1 {
				t.Fatalf("%d series", len(got))
			}
			var rise uint64
			for who, n := range got {
				if was := before[who]; n < was && counts[who] >= was {
					t.Fatalf("%s went from %d to %d", who, was, n)
				} else if n >= was {
					rise += n - was
				} else {
					rise += n
				}
			}
			if rise != grown {
				t.Fatalf("the series grew by %d, the names by %d", rise, grown)
			}
			before = maps.Clone(got)
		}
	})
}

func BenchmarkTenThousandNames(b *testing.B) {
	s := New(50)
	counts := make([]uint64, 64)
	names := make([]string, 10_000)
	for i := range names {
		names[i] = fmt.Sprint("function-", i)
	}
	for b.Loop() {
		s.Begin()
		for i, who := range names {
			counts[0] += uint64(i % 7)
			s.Count(who, counts)
		}
		s.End()
	}
}
