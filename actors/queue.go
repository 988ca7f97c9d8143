package actors

// How far the queue looks for a ticket that is warm, and how often a ticket may be
// passed over for one.
const (
	affinityWindow = 8
	maxBypass      = 8
)

// queue holds the tickets that have not started, first in, first out, once in order
// and once by function, so that a function at its limit costs the others nothing. It
// is not safe for concurrent use: dispatcher.mu guards it.
type queue struct {
	all list
	// records are the functions with something queued, in no order.
	records     []*record
	first, last int64
}

func (q *queue) len() int { return q.all.n }

// oldest returns the ticket at the front, or nil.
func (q *queue) oldest() *ticket { return q.all.head }

// push puts t at the end.
func (q *queue) push(t *ticket) {
	q.last++
	t.seq = q.last
	q.enter(t.rec)
	q.all.pushBack(t)
	t.rec.queued.pushBack(t)
}

// pushFront puts t before all others: it was accepted before them.
func (q *queue) pushFront(t *ticket) {
	q.first--
	t.seq = q.first
	q.enter(t.rec)
	q.all.pushFront(t)
	t.rec.queued.pushFront(t)
}

// putBack puts t, which was taken out, where it stood.
func (q *queue) putBack(t *ticket) {
	q.enter(t.rec)
	q.all.insert(t)
	t.rec.queued.insert(t)
}

// enter lists rec as one with something queued.
func (q *queue) enter(rec *record) {
	if rec.queued.n == 0 {
		rec.at = len(q.records)
		q.records = append(q.records, rec)
	}
}

// remove takes t out, wherever it stands.
func (q *queue) remove(t *ticket) {
	q.all.remove(t)
	rec := t.rec
	rec.queued.remove(t)
	if rec.queued.n > 0 {
		return
	}
	end := len(q.records) - 1
	q.records[rec.at] = q.records[end]
	q.records[rec.at].at = rec.at
	q.records[end] = nil
	q.records = q.records[:end]
}

// find returns what the runtime of s should run next, or nil: the oldest ticket
// whose function has room there. Among the first affinityWindow tickets one that is
// warm there goes before older ones, unless that would pass over one of them for
// more than maxBypass times. A dedicated runtime takes its own function's oldest. It
// changes nothing.
func (q *queue) find(s *slot, affinity bool) *ticket {
	if s.only != nil {
		if head := s.only.queued.head; head != nil && s.admits(head) {
			return head
		}
		return nil
	}
	var oldest *ticket
	t := q.all.head
	for range affinityWindow {
		if t == nil {
			return oldest
		}
		if s.admits(t) {
			if !affinity || s.warm(t) {
				return t
			}
			if oldest == nil {
				oldest = t
			}
			if t.bypassed >= maxBypass {
				return oldest
			}
		}
		t = q.all.next(t)
	}
	if oldest != nil {
		return oldest
	}
	for _, rec := range q.records {
		if head := rec.queued.head; s.admits(head) && (oldest == nil || head.seq < oldest.seq) {
			oldest = head
		}
	}
	return oldest
}

// take removes t, which find returned for s, and notes whom it passed over.
func (q *queue) take(t *ticket, s *slot) {
	older := q.all.head
	for range affinityWindow {
		if older == nil || older == t {
			break
		}
		if s.admits(older) {
			older.bypassed++
		}
		older = q.all.next(older)
	}
	q.remove(t)
}
