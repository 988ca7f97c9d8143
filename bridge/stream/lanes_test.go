package stream

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// mark is a message in the tests of lanes.
type mark struct {
	key string
	seq uint64
	// asked tells calls apart; 0 for a message.
	asked int
}

func (m mark) place() uint64 { return m.seq }

func (m mark) depth() int { return m.asked }

func TestLanes(t *testing.T) {
	var l lanes[mark]
	for _, m := range []mark{{key: "a", seq: 1}, {key: "b", seq: 2}, {key: "a", seq: 3}, {key: "a", seq: 2000}, {key: "c", seq: 4}, {key: "a", seq: 20}} {
		require.True(t, l.add(m.key, m))
	}
	require.False(t, l.add("a", mark{key: "a", seq: 3}), "it is in")
	next := func() string {
		m, _, ok := l.next(true)
		if !ok {
			return "none"
		}
		return fmt.Sprint(m.key, m.seq)
	}
	require.Equal(t, []string{"a1", "b2", "c4", "none"}, []string{next(), next(), next(), next()})
	l.done(mark{key: "a", seq: 3}) // does not run: no effect
	require.Equal(t, "none", next())
	l.done(mark{key: "a", seq: 1})
	require.Equal(t, "a3", next())
	l.done(mark{key: "b", seq: 2})
	require.Equal(t, 4, l.len())
	require.ElementsMatch(t, []mark{{key: "a", seq: 20}, {key: "a", seq: 2000}}, l.drop())
	l.done(mark{key: "a", seq: 3})
	l.done(mark{key: "c", seq: 4})
	require.Zero(t, l.len())
	require.Empty(t, l.byKey)
}

// Whatever the order in which messages come and end: no two of a key run at once, those
// of a key run in the order of the stream as far as they were there, and all run.
func TestLanesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l lanes[mark]
		in := map[string][]uint64{} // what waits, by key, sorted by hand
		running := map[string]mark{}
		ran, added := 0, 0
		seqs := rapid.SliceOfDistinct(rapid.Uint64Range(1, 1000), func(s uint64) uint64 { return s }).Draw(t, "places")
		for len(seqs) > 0 || ran < added {
			switch rapid.IntRange(0, 2).Draw(t, "do") {
			case 0:
				if len(seqs) == 0 {
					continue
				}
				m := mark{key: rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key"), seq: seqs[0]}
				seqs = seqs[1:]
				if !l.add(m.key, m) {
					t.Fatalf("%v is said to be in", m)
				}
				in[m.key] = append(in[m.key], m.seq)
				added++
			case 1:
				m, _, ok := l.next(true)
				if !ok {
					for key, waiting := range in {
						if _, busy := running[key]; len(waiting) > 0 && !busy {
							t.Fatalf("%s could run", key)
						}
					}
					continue
				}
				if other, busy := running[m.key]; busy {
					t.Fatalf("%v runs beside %v", m, other)
				}
				rest := []uint64{}
				for _, s := range in[m.key] {
					if s < m.seq {
						t.Fatalf("%v runs before %d", m, s)
					}
					if s != m.seq {
						rest = append(rest, s)
					}
				}
				in[m.key] = rest
				running[m.key] = m
			case 2:
				for key, m := range running {
					l.done(m)
					delete(running, key)
					ran++
					break
				}
			}
		}
		if l.len() != 0 || len(l.byKey) != 0 || len(l.ready) != 0 {
			t.Fatalf("left: %+v", l)
		}
	})
}

// What comes from no stream stands behind all that waits, and what comes later behind it.
func TestLanesBehind(t *testing.T) {
	var l lanes[mark]
	x := mark{key: "a", seq: 0}
	require.True(t, l.add("a", mark{key: "a", seq: 5}))
	l.addBehind("a", x)
	require.True(t, l.add("a", mark{key: "a", seq: 6}))
	l.addBehind("b", mark{key: "b", seq: 0})
	require.Equal(t, 4, l.len())
	var order []string
	for {
		m, _, ok := l.next(true)
		if !ok {
			break
		}
		_, _, again := l.next(true)
		require.Equal(t, len(order) == 0, again, "two keys at first")
		order = append(order, fmt.Sprint(m.key, m.seq))
		l.done(m)
		if len(order) == 1 {
			l.done(mark{key: "b", seq: 0})
		}
	}
	require.Equal(t, []string{"a5", "a0", "a6"}, order)
	require.Zero(t, l.len())
	l.addBehind("a", x)
	require.Equal(t, []mark{x}, l.drop())
	require.Zero(t, l.len())
	require.Empty(t, l.byKey)
}

// A call stands behind what is there when it comes, and before what comes later; where there
// is no room, what it waits for runs all the same, and nothing else.
func TestLanesOfCalls(t *testing.T) {
	var l lanes[mark]
	for _, m := range []mark{{key: "a", seq: 1}, {key: "b", seq: 2}, {key: "b", asked: 7}, {key: "b", seq: 3}, {key: "b", asked: 2}} {
		if m.seq == 0 {
			l.addBehind(m.key, m)
			continue
		}
		require.True(t, l.add(m.key, m))
	}
	require.Equal(t, 5, l.len())
	next := func(room bool) (string, int) {
		m, depth, ok := l.next(room)
		if !ok {
			return "none", 0
		}
		return fmt.Sprint(m.key, m.seq, "/", m.asked), depth
	}
	for _, want := range []struct {
		text  string
		depth int
		done  mark
	}{
		{"b2/0", 7, mark{key: "b", seq: 2}},
		{"b0/7", 7, mark{key: "b", asked: 7}},
		{"b3/0", 2, mark{key: "b", seq: 3}},
		{"b0/2", 2, mark{key: "b", asked: 2}},
	} {
		text, depth := next(false)
		require.Equal(t, want.text, text)
		require.Equal(t, want.depth, depth)
		head, busy := l.running("b")
		require.True(t, busy)
		require.Equal(t, want.done, head)
		text, _ = next(false)
		require.Equal(t, "none", text)
		l.done(want.done)
	}
	_, busy := l.running("a")
	require.False(t, busy)
	text, depth := next(true)
	require.Equal(t, "a1/0", text)
	require.Zero(t, depth)
	l.addBehind("a", mark{key: "a", asked: 1})
	require.True(t, l.add("a", mark{key: "a", seq: 9}))
	require.Equal(t, []mark{{key: "a", asked: 1}, {key: "a", seq: 9}}, l.drop())
	l.done(mark{key: "a", seq: 1})
	require.Zero(t, l.len())
	require.Zero(t, l.awaited)
	require.Empty(t, l.byKey)
}
