package actors

import (
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/actors/fair"
)

const (
	// affinityWindow is how many functions the queue looks at for one that is warm, and
	// maxBypass how often a function may be passed over for one.
	affinityWindow = 8
	maxBypass      = 8
	// affinitySlack is how much later the turn of the one that is warm may be: about what
	// making a context costs, which is what passing over saves.
	affinitySlack = 2 * time.Millisecond
)

// queue holds the tickets that have not started. Whose turn it is on a shared runtime is
// decided between functions (fair.Schedule); those of one function are first in, first
// out. It is not safe for concurrent use: dispatcher.mu guards it.
type queue struct {
	all list
	// size is all.n, for who does not hold the lock.
	size atomic.Int64
	// turns holds the functions with something queued for shared runtimes.
	turns fair.Schedule[*record]
	// nested is how many are queued that others wait for.
	nested int
	// records are the functions with something queued, in no order.
	records []*record
	// pushing says that tickets are given their runtimes as they come; loose are those that
	// have none.
	pushing     bool
	loose       list
	first, last int64
}

func (q *queue) len() int { return q.all.n }

// oldest returns the ticket at the front, or nil.
func (q *queue) oldest() *ticket { return q.all.head }

// push puts t at the end.
func (q *queue) push(t *ticket) {
	q.last++
	t.seq = q.last
	q.all.pushBack(t)
	t.rec.queued.pushBack(t)
	q.enter(t)
}

// pushFront puts t before all others: it was accepted before them.
func (q *queue) pushFront(t *ticket) {
	q.first--
	t.seq = q.first
	q.all.pushFront(t)
	t.rec.queued.pushFront(t)
	q.enter(t)
}

// putBack puts t, which was taken out, where it stood.
func (q *queue) putBack(t *ticket) {
	q.all.insert(t)
	t.rec.queued.insert(t)
	q.enter(t)
}

// enter lists t, which is in the queue, wherever else it belongs.
func (q *queue) enter(t *ticket) {
	q.size.Store(int64(q.all.n))
	q.attach(t)
	rec := t.rec
	if t.inv.Depth > 0 {
		q.nested++
		rec.nested.insertBy(t, deeper)
		if t.inv.Recursive {
			rec.recursive.insertBy(t, deeper)
		}
	}
	if rec.queued.n == 1 {
		rec.at = len(q.records)
		q.records = append(q.records, rec)
		q.place(rec)
	}
}

// place has rec take its turn on the shared runtimes, or not where it has a runtime of its
// own. It is to be called when the version of rec changes.
func (q *queue) place(rec *record) {
	rec.flow.SetWeight(rec.weight())
	if fn := rec.version(); !q.pushing && rec.queued.n > 0 && (fn == nil || !fn.Manifest.Dedicated) {
		q.turns.Enter(&rec.flow)
	} else {
		q.turns.Leave(&rec.flow)
	}
}

// remove takes t out, wherever it stands.
func (q *queue) remove(t *ticket) {
	q.all.remove(t)
	q.size.Store(int64(q.all.n))
	q.detach(t)
	rec := t.rec
	rec.queued.remove(t)
	if t.inv.Depth > 0 {
		q.nested--
		rec.nested.remove(t)
		if t.inv.Recursive {
			rec.recursive.remove(t)
		}
	}
	if rec.queued.n > 0 {
		return
	}
	q.turns.Leave(&rec.flow)
	end := len(q.records) - 1
	q.records[rec.at] = q.records[end]
	q.records[rec.at].at = rec.at
	q.records[end] = nil
	q.records = q.records[:end]
}

// deeper orders what others wait for.
func deeper(a, b *ticket) bool {
	return a.inv.Depth > b.inv.Depth || a.inv.Depth == b.inv.Depth && a.seq < b.seq
}

// find returns what the runtime of s should run next, or nil: of the functions that have
// room there, what slot.first says of the one whose turn it is. Among the first
// affinityWindow of these one that is warm there goes before the others, unless it is
// affinitySlack later than the first, or one of those was passed over maxBypass times. A
// dedicated runtime takes its own function's; and each its own oldest, where they
// are given their runtimes as they come. It changes nothing.
func (q *queue) find(s *slot, affinity bool) *ticket {
	switch {
	case s.full() && q.nested == 0:
		return nil
	case s.only != nil:
		return s.first(s.only)
	}
	if q.pushing {
		for t := s.assigned.head; t != nil; t = s.assigned.next(t) {
			if s.admits(t) {
				return t
			}
		}
		return nil
	}
	var first *fair.Flow[*record]
	var firstTicket *ticket
	seen := 0
	for f := q.turns.First(); f != nil; f = q.turns.Next() {
		t := s.first(f.Owner)
		if t == nil {
			continue
		}
		if first == nil {
			first, firstTicket = f, t
		}
		switch {
		case f.Behind(first) > affinitySlack:
			return firstTicket
		case !affinity || s.warm(t):
			return t
		case f.Passed >= maxBypass:
			return firstTicket
		}
		if seen++; seen == affinityWindow {
			break
		}
	}
	return firstTicket
}

// take removes t, which find returned for s, and notes whom it passed over.
func (q *queue) take(t *ticket, s *slot) {
	if s.only == nil && !q.pushing {
		for f := q.turns.First(); f != nil && f != &t.rec.flow; f = q.turns.Next() {
			if s.first(f.Owner) != nil {
				f.Passed++
			}
		}
	}
	q.remove(t)
}
