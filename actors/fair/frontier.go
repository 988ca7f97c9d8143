package fair

// The frontier of a walk in order: places of the heap whose parents were yielded. It is
// a heap itself, by the flows that stand there, so that k flows cost O(k log k) and the
// first one nothing.

func (s *Schedule[T]) push(place int) {
	q := append(s.frontier, place)
	for i := len(q) - 1; i > 0; {
		parent := (i - 1) / 2
		if !s.heap[q[i]].before(s.heap[q[parent]]) {
			break
		}
		q[i], q[parent] = q[parent], q[i]
		i = parent
	}
	s.frontier = q
}

func (s *Schedule[T]) pop() int {
	q := s.frontier
	top := q[0]
	q[0] = q[len(q)-1]
	q = q[:len(q)-1]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q); child++ {
			if s.heap[q[child]].before(s.heap[q[least]]) {
				least = child
			}
		}
		if least == i {
			break
		}
		q[i], q[least] = q[least], q[i]
		i = least
	}
	s.frontier = q
	return top
}
