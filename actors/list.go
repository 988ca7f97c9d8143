package actors

// chain names one of the lists that a ticket can be in.
type chain int

const (
	// ordered is the list of all that is queued or, once started, of all that is in
	// flight in one runtime: never both.
	ordered chain = iota
	// byFunction is the list of what is queued for one function.
	byFunction
	// byRuntime is the list of what waits for one runtime, where the policy says which.
	byRuntime
	// byDepth is the list of what is queued for one function and others wait for.
	byDepth
	// byRecursion is the list of those of byDepth that are waited for by their own function.
	byRecursion
	chains
)

// links are a ticket's neighbours in one list.
type links struct{ prev, next *ticket }

// list is an intrusive doubly linked list of tickets: no allocation, and removal
// from the middle at no cost. It is not safe for concurrent use.
type list struct {
	chain      chain
	head, tail *ticket
	n          int
}

func (l *list) pushBack(t *ticket) {
	t.links[l.chain] = links{prev: l.tail}
	if l.tail == nil {
		l.head = t
	} else {
		l.tail.links[l.chain].next = t
	}
	l.tail = t
	l.n++
}

func (l *list) pushFront(t *ticket) {
	t.links[l.chain] = links{next: l.head}
	if l.head == nil {
		l.tail = t
	} else {
		l.head.links[l.chain].prev = t
	}
	l.head = t
	l.n++
}

// insert puts t before the first with a larger seq, in a list that is ordered by it.
func (l *list) insert(t *ticket) {
	l.insertBy(t, func(a, b *ticket) bool { return a.seq < b.seq })
}

// insertBy puts t where it belongs in a list that is ordered by before.
func (l *list) insertBy(t *ticket, before func(a, b *ticket) bool) {
	if l.tail == nil || before(l.tail, t) {
		l.pushBack(t)
		return
	}
	at := l.head
	for at != nil && before(at, t) {
		at = l.next(at)
	}
	if at == l.head {
		l.pushFront(t)
	} else {
		prev := at.links[l.chain].prev
		t.links[l.chain] = links{prev: prev, next: at}
		prev.links[l.chain].next, at.links[l.chain].prev = t, t
		l.n++
	}
}

// remove takes t out; t must be in the list.
func (l *list) remove(t *ticket) {
	at := t.links[l.chain]
	if at.prev == nil {
		l.head = at.next
	} else {
		at.prev.links[l.chain].next = at.next
	}
	if at.next == nil {
		l.tail = at.prev
	} else {
		at.next.links[l.chain].prev = at.prev
	}
	t.links[l.chain] = links{}
	l.n--
}

// next returns the ticket after t, or nil.
func (l *list) next(t *ticket) *ticket { return t.links[l.chain].next }
