package knot

// Knots returns what dooms itself: the groups of doomed nodes that wait for one another, and for no
// other doomed node. Whatever is doomed waits for one of them, by way of others or not. The order
// says nothing.
func (g *Graph) Knots() [][]Node {
	s := search{g: g, doomed: g.Doomed(), seen: make([]int, len(g.needs)), low: make([]int, len(g.needs))}
	for n, doomed := range s.doomed {
		if doomed && s.seen[n] == 0 {
			s.visit(Node(n))
		}
	}
	return s.knots
}

// search finds the strongly connected parts of what is doomed, as Tarjan does: each part is complete
// only after all that it leads to.
type search struct {
	g      *Graph
	doomed []bool
	// seen is when a node was come by, from 1; 0 for not yet, and done when its part is complete.
	seen []int
	// low is the earliest node that a node leads back to, by when that was seen.
	low   []int
	count int
	// stack are the nodes of parts that are not complete, and path those that are being visited.
	stack []Node
	path  []step
	knots [][]Node
}

// done is seen for nodes whose part is complete.
const done = -1

// step is a node that is being visited, and how many of those that it waits for have been.
type step struct {
	n    Node
	next int
}

func (s *search) enter(n Node) {
	s.count++
	s.seen[n], s.low[n] = s.count, s.count
	s.stack = append(s.stack, n)
	s.path = append(s.path, step{n: n})
}

// visit goes through all that n leads to. It keeps its own path, since a chain may be long.
func (s *search) visit(n Node) {
	s.enter(n)
	for len(s.path) > 0 {
		at := &s.path[len(s.path)-1]
		if at.next == len(s.g.waits[at.n]) {
			s.leave(at.n)
			continue
		}
		other := s.g.waits[at.n][at.next]
		at.next++
		switch {
		case !s.doomed[other] || s.seen[other] == done:
		case s.seen[other] == 0:
			s.enter(other)
		default:
			s.low[at.n] = min(s.low[at.n], s.seen[other])
		}
	}
}

// leave ends the visit of n, and completes its part where n was the first of it.
func (s *search) leave(n Node) {
	s.path = s.path[:len(s.path)-1]
	if len(s.path) > 0 {
		from := s.path[len(s.path)-1].n
		s.low[from] = min(s.low[from], s.low[n])
	}
	if s.low[n] < s.seen[n] {
		return
	}
	first := len(s.stack) - 1
	for s.stack[first] != n {
		first--
	}
	part := append([]Node(nil), s.stack[first:]...)
	s.stack = s.stack[:first]
	if s.closed(part) {
		s.knots = append(s.knots, part)
	}
	for _, n := range part {
		s.seen[n] = done
	}
}

// closed reports whether part, which is complete but not marked so yet, waits for nothing doomed
// outside of it.
func (s *search) closed(part []Node) bool {
	for _, n := range part {
		for _, other := range s.g.waits[n] {
			if s.doomed[other] && s.seen[other] == done {
				return false
			}
		}
	}
	return true
}
