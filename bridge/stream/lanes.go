package stream

import "slices"

// item is what a lane holds: a delivery, or in tests something smaller.
type item interface {
	comparable
	// place is where it stands in the stream; 0 for what does not come from there.
	place() uint64
	// depth is how many wait for it, one for another; 0 for a message of a stream.
	depth() int
}

// lanes puts messages with one key behind one another, in the order of the stream: of
// each key one runs at a time. It is a pure data structure; the zero value is empty.
type lanes[T item] struct {
	byKey map[string]*lane[T]
	at    map[uint64]string // the key of each that is in, by its place
	// behind has the keys of those that have no place.
	behind map[T]string
	// ready are the lanes of which something may run, the one that waits longest first.
	ready []*lane[T]
	// awaited is how many somebody waits for, without those that run.
	awaited int
}

// lane is what there is of one key.
type lane[T item] struct {
	key string
	// busy says that the head runs, or waits for another try.
	busy bool
	// waiting are in the order of the stream, without the one that runs.
	waiting []T
	head    T
	// awaited is how many of waiting somebody waits for.
	awaited int
}

// deepest is the greatest depth in waiting.
func (ln *lane[T]) deepest() (depth int) {
	if ln.awaited == 0 {
		return 0
	}
	for _, t := range ln.waiting {
		depth = max(depth, t.depth())
	}
	return depth
}

// add puts t in its lane, and reports false where something from the same place is in.
func (l *lanes[T]) add(key string, t T) bool {
	if l.byKey == nil {
		l.byKey, l.at = map[string]*lane[T]{}, map[uint64]string{}
	}
	if _, in := l.at[t.place()]; in {
		return false
	}
	l.at[t.place()] = key
	ln := l.byKey[key]
	if ln == nil {
		ln = &lane[T]{key: key}
		l.byKey[key] = ln
	}
	i := len(ln.waiting) // nearly always the last
	for i > 0 && ln.waiting[i-1].place() > t.place() {
		i--
	}
	ln.waiting = slices.Insert(ln.waiting, i, t)
	if !ln.busy && len(ln.waiting) == 1 {
		l.ready = append(l.ready, ln)
	}
	return true
}

// addBehind puts t, which has no place in the stream, behind all that waits in its lane.
func (l *lanes[T]) addBehind(key string, t T) {
	if l.byKey == nil {
		l.byKey, l.at = map[string]*lane[T]{}, map[uint64]string{}
	}
	if l.behind == nil {
		l.behind = map[T]string{}
	}
	l.behind[t] = key
	ln := l.byKey[key]
	if ln == nil {
		ln = &lane[T]{key: key}
		l.byKey[key] = ln
	}
	ln.waiting = append(ln.waiting, t)
	if t.depth() > 0 {
		ln.awaited++
		l.awaited++
	}
	if !ln.busy && len(ln.waiting) == 1 {
		l.ready = append(l.ready, ln)
	}
}

// keyOf is the key of what is in.
func (l *lanes[T]) keyOf(t T) (key string, in bool) {
	if t.place() == 0 {
		key, in = l.behind[t]
		return key, in
	}
	key, in = l.at[t.place()]
	return key, in
}

// forget takes out the key of t.
func (l *lanes[T]) forget(t T) {
	if t.place() == 0 {
		delete(l.behind, t)
		return
	}
	delete(l.at, t.place())
}

// next takes the one that is to run next, of the lane that waits longest. Its lane is
// busy until done is called. Where there is no room, only lanes in which something is that
// somebody waits for count: what stands before that must run for it. depth is the greatest
// in the lane.
func (l *lanes[T]) next(room bool) (t T, depth int, ok bool) {
	i := 0
	if !room && l.awaited == 0 {
		return t, 0, false
	}
	if !room {
		i = slices.IndexFunc(l.ready, func(ln *lane[T]) bool { return ln.awaited > 0 })
	}
	if i < 0 || i >= len(l.ready) {
		return t, 0, false
	}
	ln := l.ready[i]
	depth = ln.deepest()
	l.ready = slices.Delete(l.ready, i, i+1)
	ln.busy, ln.head = true, ln.waiting[0]
	ln.waiting = slices.Delete(ln.waiting, 0, 1)
	if ln.head.depth() > 0 {
		ln.awaited--
		l.awaited--
	}
	return ln.head, depth, true
}

// running is what runs of a key, or waits for another try; false where nothing does.
func (l *lanes[T]) running(key string) (t T, ok bool) {
	ln := l.byKey[key]
	if ln == nil || !ln.busy {
		return t, false
	}
	return ln.head, true
}

// done takes out the one that ran, and lets the next of its lane run.
func (l *lanes[T]) done(t T) {
	key, in := l.keyOf(t)
	ln := l.byKey[key]
	if !in || ln == nil || !ln.busy || ln.head != t {
		return
	}
	l.forget(t)
	var none T
	ln.busy, ln.head = false, none
	if len(ln.waiting) == 0 {
		delete(l.byKey, key)
		return
	}
	l.ready = append(l.ready, ln)
}

// drop takes out and returns all that do not run.
func (l *lanes[T]) drop() (dropped []T) {
	for key, ln := range l.byKey {
		for _, t := range ln.waiting {
			l.forget(t)
			dropped = append(dropped, t)
		}
		ln.waiting, ln.awaited = nil, 0
		if !ln.busy {
			delete(l.byKey, key)
		}
	}
	l.ready, l.awaited = nil, 0
	return dropped
}

// len is how many are in, those that run included.
func (l *lanes[T]) len() int { return len(l.at) + len(l.behind) }
