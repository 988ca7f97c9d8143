package stream

import (
	"cmp"
	"container/heap"
	"math"
	"slices"
	"time"
)

// appointment is when the alarm of a key is to be looked at.
type appointment struct {
	key string
	// number tells the alarm from others of its key.
	number uint64
	// due is when the alarm is due, in milliseconds since 1970, and at when it is to be looked
	// at: then, or later where it has failed.
	due, at int64
	// failed are the runs of it that this member has seen fail, forgiven those of them that do
	// not count.
	failed, forgiven int

	index int // in the heap
}

// never is later than any appointment.
const never = int64(math.MaxInt64)

// agenda has the appointments that are nearest, one for each key. It is bounded: where there
// are too many it forgets the farther half, and beyond is from when on it does not know all.
// Before that time is there (partial), the rest is to be put again.
// A pure data structure; make one with newAgenda.
type agenda struct {
	most   int
	by     map[string]*appointment
	queue  appointments
	beyond int64
}

func newAgenda(most int) agenda {
	return agenda{most: most, by: map[string]*appointment{}, beyond: never}
}

// put sets the appointment of its key. One that is beyond what is known is left out.
func (g *agenda) put(a appointment) {
	g.remove(a.key)
	if a.at >= g.beyond {
		return
	}
	heap.Push(&g.queue, &a)
	g.by[a.key] = &a
	if len(g.by) <= g.most {
		return
	}
	slices.SortFunc(g.queue, func(a, b *appointment) int { return cmp.Compare(a.at, b.at) })
	keep := g.most / 2
	g.beyond = g.queue[keep].at
	for _, far := range g.queue[keep:] {
		delete(g.by, far.key)
	}
	clear(g.queue[keep:])
	g.queue = g.queue[:keep]
	for i, a := range g.queue {
		a.index = i
	}
}

// remove takes out what there is of a key.
func (g *agenda) remove(key string) {
	if a := g.by[key]; a != nil {
		heap.Remove(&g.queue, a.index)
		delete(g.by, key)
	}
}

// of is the appointment of a key, or nil.
func (g *agenda) of(key string) *appointment { return g.by[key] }

// pop takes out the first one that is due.
func (g *agenda) pop(now time.Time) (a appointment, ok bool) {
	if len(g.queue) == 0 || g.queue[0].at > now.UnixMilli() {
		return appointment{}, false
	}
	first := *g.queue[0]
	g.remove(first.key)
	return first, true
}

// partial reports whether what is known is about to end: the rest must be looked for.
func (g *agenda) partial(now time.Time) bool {
	return g.beyond != never && len(g.queue) <= g.most/8 && now.UnixMilli() >= g.beyond-aheadMillis
}

// aheadMillis is how long before what is not known the rest is looked for.
const aheadMillis = 10_000

// anew says that all is about to be put again.
func (g *agenda) anew() { g.beyond = never }

// next is when something is due, or partial becomes true; never for not at all.
func (g *agenda) next() int64 {
	next := never
	if len(g.queue) > 0 {
		next = g.queue[0].at
	}
	if g.beyond != never && len(g.queue) <= g.most/8 {
		next = min(next, g.beyond-aheadMillis)
	}
	return next
}

// appointments implements heap.Interface, the first one in front.
type appointments []*appointment

func (q appointments) Len() int           { return len(q) }
func (q appointments) Less(i, j int) bool { return q[i].at < q[j].at }

func (q appointments) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements heap.Interface.
func (q *appointments) Push(x any) {
	a, _ := x.(*appointment)
	a.index = len(*q)
	*q = append(*q, a)
}

// Pop implements heap.Interface.
func (q *appointments) Pop() any {
	last := len(*q) - 1
	a := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return a
}
