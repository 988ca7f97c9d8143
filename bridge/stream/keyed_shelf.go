package stream

import (
	"container/list"
	"sync"
	"time"
)

// activation is one key that this member runs: its record as the bucket has it. Whoever runs
// a message of the key owns it meanwhile.
type activation struct {
	key string
	// known says that record and revision are what the bucket had when it was last asked.
	known    bool
	record   record
	revision uint64 // 0: the bucket has none
	// of is the shelf that it goes back to; nil for none.
	of *shelf

	// Guarded by the shelf's mu.
	since time.Time
	place *list.Element
	size  int64
}

// weigh is about how many bytes it takes.
func (a *activation) weigh() int64 {
	size := int64(len(a.key)) + int64(len(a.record.State)) + activationCost
	if a.record.Reply != nil {
		size += int64(len(a.record.Reply.Body))
	}
	for _, c := range a.record.Calls {
		size += int64(len(c.ID) + len(c.Value))
	}
	for _, s := range a.record.Stubs {
		size += int64(len(s.IDs))
	}
	return size
}

// activationCost is what one takes beside its state, in bytes.
const activationCost = 512

// shelf keeps the activations of keys of which nothing runs, so that the next message of
// one need not ask the bucket. Those that were used longest ago go when there are too many,
// when they take too much, or after a while. It is safe for concurrent use.
type shelf struct {
	most  int
	bytes int64
	idle  time.Duration

	mu   sync.Mutex
	by   map[string]*activation // guarded by mu
	old  *list.List             // of activations, the one put back last in front; guarded by mu
	size int64                  // guarded by mu
	// counts since it was made; guarded by mu.
	hits, misses, passivated uint64
}

func newShelf(most int, bytes int64, idle time.Duration) *shelf {
	return &shelf{most: most, bytes: bytes, idle: idle, by: map[string]*activation{}, old: list.New()}
}

// take takes the activation of key; nothing is known of it where there is none, or one that is
// older than revision.
func (s *shelf) take(key string, revision uint64) *activation {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.by[key]
	if a != nil {
		s.remove(a)
		if a.revision >= revision {
			s.hits++
			return a
		}
	}
	s.misses++
	return &activation{key: key, of: s}
}

// put gives an activation back.
func (s *shelf) put(a *activation, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !a.known || s.by[a.key] != nil {
		return
	}
	a.since, a.size = now, a.weigh()
	a.place = s.old.PushFront(a)
	s.by[a.key] = a
	s.size += a.size
	for len(s.by) > s.most || s.size > s.bytes && len(s.by) > 1 {
		s.passivate()
	}
}

// sweep passivates what was not used for too long.
func (s *shelf) sweep(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.old.Len() > 0 && now.Sub(s.oldest().since) >= s.idle {
		s.passivate()
	}
}

// relieve passivates the older half of what is kept, and returns how many that were.
func (s *shelf) relieve() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := (len(s.by) + 1) / 2
	for range n {
		s.passivate()
	}
	return n
}

// oldest is the one that was put back longest ago. The caller holds mu; there is one.
func (s *shelf) oldest() *activation {
	a, _ := s.old.Back().Value.(*activation)
	return a
}

// passivate lets the oldest go. The caller holds mu.
func (s *shelf) passivate() {
	s.passivated++
	s.remove(s.oldest())
}

func (s *shelf) remove(a *activation) {
	s.old.Remove(a.place)
	a.place = nil
	delete(s.by, a.key)
	s.size -= a.size
}

// shelfStats are counts of a shelf.
type shelfStats struct {
	active                   int
	bytes                    int64
	hits, misses, passivated uint64
}

func (s *shelf) stats() shelfStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return shelfStats{active: len(s.by), bytes: s.size, hits: s.hits, misses: s.misses, passivated: s.passivated}
}
