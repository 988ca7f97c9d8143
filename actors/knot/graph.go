package knot

// Node is one of those in a Graph, numbered from 0 in the order in which they were added.
type Node int

// Graph says who waits for whom. The zero value is empty.
type Graph struct {
	needs []int
	// waits are those that each node waits for, and waiters who waits for it.
	waits, waiters [][]Node
}

// Add adds a node that goes on once need of those that it waits for do: with none, or less, by
// itself; with more than those, never.
func (g *Graph) Add(need int) Node {
	g.needs = append(g.needs, need)
	g.waits = append(g.waits, nil)
	g.waiters = append(g.waiters, nil)
	return Node(len(g.needs) - 1)
}

// Wait says that n waits for other. What is said twice counts twice.
func (g *Graph) Wait(n, other Node) {
	g.waits[n] = append(g.waits[n], other)
	g.waiters[other] = append(g.waiters[other], n)
}

// Release has n go on by itself.
func (g *Graph) Release(n Node) { g.needs[n] = 0 }

// Doomed reports of each node whether it can never go on, whatever the others do.
func (g *Graph) Doomed() []bool {
	doomed := make([]bool, len(g.needs))
	left := make([]int, len(g.needs)) // of what each needs, to be seen to go on
	copy(left, g.needs)
	var todo []Node // those that go on, whose waiters have not heard of it
	for n := range doomed {
		if doomed[n] = left[n] > 0; !doomed[n] {
			todo = append(todo, Node(n))
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, w := range g.waiters[n] {
			if left[w]--; doomed[w] && left[w] <= 0 {
				doomed[w] = false
				todo = append(todo, w)
			}
		}
	}
	return doomed
}
