package fair

import "time"

// Schedule orders the flows that have work. The zero value is ready. It is not safe for
// concurrent use.
type Schedule[T any] struct {
	heap []*Flow[T] // a binary heap by Flow.before
	// now is the virtual clock: the start of the flow that was served last.
	now   time.Duration
	order uint64
	// frontier holds the places whose flows Next may yield, a heap too.
	frontier []int
}

// Len returns the number of flows that have work.
func (s *Schedule[T]) Len() int { return len(s.heap) }

// Enter says that f has work. One that had some is let be.
func (s *Schedule[T]) Enter(f *Flow[T]) {
	if f.at > 0 {
		return
	}
	f.start = min(max(f.start, s.now), s.now+lead)
	s.order++
	f.order = s.order
	s.heap = append(s.heap, f)
	f.at = len(s.heap)
	s.up(f.at - 1)
}

// Leave says that f has no work left. What it owes stays. One that had none is let be.
func (s *Schedule[T]) Leave(f *Flow[T]) {
	if f.at == 0 {
		return
	}
	i, end := f.at-1, len(s.heap)-1
	s.swap(i, end)
	s.heap[end] = nil
	s.heap = s.heap[:end]
	f.at, f.Passed = 0, 0
	if i < end {
		s.fix(i)
	}
}

// Serve says that a call of f starts, and returns what it was charged for it, which
// Settle takes.
func (s *Schedule[T]) Serve(f *Flow[T]) (charged time.Duration) {
	f.start = max(f.start, s.now-lag)
	s.now = max(s.now, f.start)
	charged = max(f.Expected(), least)
	f.Passed = 0
	s.order++
	f.order = s.order
	s.move(f, f.virtual(charged))
	return charged
}

// Settle says what the call that was charged so much has cost, when its turn is over.
func (s *Schedule[T]) Settle(f *Flow[T], charged, spent time.Duration) {
	spent = max(spent, least)
	f.Learn(spent)
	s.move(f, f.virtual(spent)-f.virtual(charged))
}

// Charge says that f has cost so much more, in a turn that was not a call's first.
func (s *Schedule[T]) Charge(f *Flow[T], spent time.Duration) { s.move(f, f.virtual(max(spent, 0))) }

// Refund says that the call that was charged so much was not made after all.
func (s *Schedule[T]) Refund(f *Flow[T], charged time.Duration) { s.move(f, -f.virtual(charged)) }

// First returns the flow that is next, and begins a walk that Next goes on with; nil
// where no flow has work. Whatever changes the schedule ends the walk.
func (s *Schedule[T]) First() *Flow[T] {
	s.frontier = s.frontier[:0]
	if len(s.heap) == 0 {
		return nil
	}
	s.frontier = append(s.frontier, 0)
	return s.heap[0]
}

// Next returns the flow after the one that First or Next returned last; nil at the end.
func (s *Schedule[T]) Next() *Flow[T] {
	if len(s.frontier) == 0 {
		return nil
	}
	i := s.pop()
	for child := 2*i + 1; child <= 2*i+2 && child < len(s.heap); child++ {
		s.push(child)
	}
	if len(s.frontier) == 0 {
		return nil
	}
	return s.heap[s.frontier[0]]
}

// move shifts the start of f.
func (s *Schedule[T]) move(f *Flow[T], by time.Duration) {
	f.start += by
	if f.at > 0 {
		s.fix(f.at - 1)
	}
}

func (s *Schedule[T]) fix(i int) {
	if !s.down(i) {
		s.up(i)
	}
}

func (s *Schedule[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !s.heap[i].before(s.heap[parent]) {
			return
		}
		s.swap(i, parent)
		i = parent
	}
}

// down reports whether it moved anything.
func (s *Schedule[T]) down(i int) bool {
	moved := false
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(s.heap); child++ {
			if s.heap[child].before(s.heap[least]) {
				least = child
			}
		}
		if least == i {
			return moved
		}
		s.swap(i, least)
		i, moved = least, true
	}
}

func (s *Schedule[T]) swap(i, j int) {
	s.heap[i], s.heap[j] = s.heap[j], s.heap[i]
	s.heap[i].at, s.heap[j].at = i+1, j+1
}
