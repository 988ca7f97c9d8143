package owner

import (
	"sync"

	"github.com/isolane/isolane/jsruntime"
)

// item is one thing for the owner's goroutine to do.
type item struct {
	// event is for the runtime of this generation; it is dropped when that is gone.
	event      jsruntime.Event
	generation int
	// run is called with the runtime where it is set, and the event ignored.
	run func(*jsruntime.Runtime) error
}

// queue holds items without a bound, first in, first out.
type queue struct {
	mu     sync.Mutex
	filled sync.Cond // signalled for each item, and at the end
	items  []item    // guarded by mu
	ended  bool      // guarded by mu
}

func newQueue() *queue {
	q := &queue{}
	q.filled.L = &q.mu
	return q
}

// put adds an item; false says that the queue has ended.
func (q *queue) put(i item) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended {
		return false
	}
	q.items = append(q.items, i)
	q.filled.Signal()
	return true
}

// take returns every item that waits, in order, and blocks until there is one; nil
// says that the queue has ended. Items that were put before the end are still
// returned.
func (q *queue) take() []item {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.items) == 0 && !q.ended {
		q.filled.Wait()
	}
	items := q.items
	q.items = nil
	return items
}

// end lets take return nil, once nothing waits any more.
func (q *queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.filled.Signal()
}
