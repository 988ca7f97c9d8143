package knot_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/actors/knot"
)

// plain is a graph as a test writes it down: what each node needs, and whom it waits for.
type plain []struct {
	need  int
	waits []knot.Node
}

func (p plain) graph() *knot.Graph {
	var g knot.Graph
	for _, n := range p {
		g.Add(n.need)
	}
	for n, what := range p {
		for _, other := range what.waits {
			g.Wait(knot.Node(n), other)
		}
	}
	return &g
}

func TestKnots(t *testing.T) {
	for name, c := range map[string]struct {
		graph  plain
		doomed []bool
		knots  [][]knot.Node
	}{
		"nothing": {},
		"one that goes on": {
			graph:  plain{{0, nil}},
			doomed: []bool{false},
		},
		"a chain": {
			graph:  plain{{1, []knot.Node{1}}, {1, []knot.Node{2}}, {0, nil}},
			doomed: []bool{false, false, false},
		},
		"a ring": {
			graph:  plain{{1, []knot.Node{1}}, {1, []knot.Node{0}}},
			doomed: []bool{true, true},
			knots:  [][]knot.Node{{0, 1}},
		},
		"a ring of one": {
			graph:  plain{{1, []knot.Node{0}}},
			doomed: []bool{true},
			knots:  [][]knot.Node{{0}},
		},
		"a cycle with a way out": {
			graph:  plain{{1, []knot.Node{1}}, {1, []knot.Node{0, 2}}, {0, nil}},
			doomed: []bool{false, false, false},
		},
		"a way out that is not enough": {
			graph:  plain{{1, []knot.Node{1}}, {2, []knot.Node{0, 2}}, {0, nil}},
			doomed: []bool{true, true, false},
			knots:  [][]knot.Node{{0, 1}},
		},
		"who waits for a ring is not of it": {
			graph:  plain{{1, []knot.Node{1}}, {1, []knot.Node{2}}, {1, []knot.Node{1}}},
			doomed: []bool{true, true, true},
			knots:  [][]knot.Node{{1, 2}},
		},
		"a ring that waits for another one": {
			graph:  plain{{1, []knot.Node{1}}, {1, []knot.Node{0, 2}}, {1, []knot.Node{3}}, {1, []knot.Node{2}}},
			doomed: []bool{true, true, true, true},
			knots:  [][]knot.Node{{2, 3}},
		},
		"two rings": {
			graph:  plain{{1, []knot.Node{1}}, {1, []knot.Node{0}}, {1, []knot.Node{3}}, {1, []knot.Node{2}}},
			doomed: []bool{true, true, true, true},
			knots:  [][]knot.Node{{0, 1}, {2, 3}},
		},
		"one that needs more than there are": {
			graph:  plain{{1, []knot.Node{1}}, {1, nil}},
			doomed: []bool{true, true},
			knots:  [][]knot.Node{{1}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := c.graph.graph()
			require.Equal(t, c.doomed, append([]bool(nil), g.Doomed()...))
			require.Equal(t, c.knots, sorted(g.Knots()))
		})
	}
}

// TestKnotsAreWhatDoomsItself compares with the words of the definitions, tried one by one, on
// all kinds of small graphs.
func TestKnotsAreWhatDoomsItself(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // a test
	rings, between := 0, 0
	for range 5000 {
		p := random(rng, 1+rng.IntN(7))
		g := p.graph()
		doomed := slices.Repeat([]bool{true}, len(p))
		for n := range p {
			doomed[n] = !mayGoOn(p, n)
		}
		require.Equal(t, doomed, g.Doomed(), "%v", p)
		knots := knotsOf(p, doomed)
		require.Equal(t, knots, sorted(g.Knots()), "%v", p)
		if len(knots) > 0 {
			rings++
		}
		if n := count(doomed, true); n > 0 && n < len(p) {
			between++
		}
	}
	require.Greater(t, rings, 250)
	require.Greater(t, between, 250)
}

// TestReleaseOfEachKnotIsEnough: where one of each knot is released until none is left, nothing is
// doomed, and nobody outside of a knot had to be.
func TestReleaseOfEachKnotIsEnough(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2)) //nolint:gosec // a test
	for range 2000 {
		p := random(rng, 1+rng.IntN(30))
		g := p.graph()
		for rounds := 0; ; rounds++ {
			knots := g.Knots()
			require.Equal(t, len(knots) > 0, slices.Contains(g.Doomed(), true))
			if len(knots) == 0 {
				break
			}
			require.Less(t, rounds, len(p), "%v", p)
			for _, k := range knots {
				n := k[rng.IntN(len(k))]
				require.True(t, g.Doomed()[n])
				g.Release(n)
			}
		}
	}
}

// TestLongChains: depth is no matter.
func TestLongChains(t *testing.T) {
	const n = 200_000
	var g knot.Graph
	for i := range knot.Node(n) {
		g.Add(1)
		if i > 0 {
			g.Wait(i-1, i)
		}
	}
	g.Wait(n-1, 0)
	require.Len(t, g.Knots()[0], n)
	g.Release(n / 2)
	require.Empty(t, g.Knots())
}

func random(rng *rand.Rand, n int) plain {
	p := make(plain, n)
	for i := range p {
		for range rng.IntN(4) {
			p[i].waits = append(p[i].waits, knot.Node(rng.IntN(n)))
		}
		if len(p[i].waits) > 0 && rng.IntN(8) > 0 {
			p[i].need = 1 + rng.IntN(len(p[i].waits))
		}
	}
	return p
}

// mayGoOn tries each order in which the nodes could go on, as a set of those that have.
func mayGoOn(p plain, n int) bool {
	tried := make([]bool, 1<<len(p))
	todo := []int{0}
	for len(todo) > 0 {
		went := todo[0]
		todo = todo[1:]
		if went&(1<<n) != 0 {
			return true
		}
		for i := range p {
			have := 0
			for _, other := range p[i].waits {
				have += went >> other & 1
			}
			if next := went | 1<<i; have >= p[i].need && !tried[next] {
				tried[next] = true
				todo = append(todo, next)
			}
		}
	}
	return false
}

// knotsOf has the doomed that reach the same ones as each of these does, and are among them, or wait
// for nobody doomed.
func knotsOf(p plain, doomed []bool) [][]knot.Node {
	reach := func(from int) []knot.Node {
		found := map[int]bool{}
		todo := []int{from}
		for len(todo) > 0 {
			at := todo[0]
			todo = todo[1:]
			for _, other := range p[at].waits {
				if o := int(other); doomed[o] && !found[o] {
					found[o] = true
					todo = append(todo, o)
				}
			}
		}
		found[from] = true
		var all []knot.Node
		for n := range p {
			if found[n] {
				all = append(all, knot.Node(n))
			}
		}
		return all
	}
	var knots [][]knot.Node
	for n := range p {
		if !doomed[n] {
			continue
		}
		all := reach(n)
		same := !slices.ContainsFunc(all, func(o knot.Node) bool { return !slices.Equal(reach(int(o)), all) })
		if same && all[0] == knot.Node(n) {
			knots = append(knots, all)
		}
	}
	return knots
}

func sorted(knots [][]knot.Node) [][]knot.Node {
	for _, k := range knots {
		slices.Sort(k)
	}
	slices.SortFunc(knots, slices.Compare)
	return knots
}

func count(all []bool, what bool) int {
	n := 0
	for _, b := range all {
		if b == what {
			n++
		}
	}
	return n
}
