package actors

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/isolane/isolane/actors/knot"
	"github.com/isolane/isolane/jsruntime/function"
)

// askedAgain is how often calls of one caller are refused before another caller's are. To refuse them in
// turn from the beginning would be worse: where all ask again, so many times each, all fail in the
// end, and not one.
const askedAgain = 32

// tangle is what is known of calls that may wait for one another, as a graph. A call in flight that
// waits for requests of its own, and for nothing else, goes on once any of them ends; one that is
// queued, and held up by limits.inflight, once there is room in any isolate; and there is room once as
// many have left as are over. All else is taken for something that goes on: what has a timer or IO
// besides, what another member runs, what is on its way.
type tangle struct {
	d     *dispatcher
	now   time.Time
	graph knot.Graph
	calls map[*ticket]knot.Node
	rooms map[room]knot.Node
	// of are the calls that are in the graph as queued, and by who in the graph waits for each.
	of map[knot.Node]*ticket
	by map[*ticket]*ticket
	// byID are all calls without an answer that others may wait for; nil until it is asked for.
	byID map[string][]*ticket
	// todo are calls in flight whose requests are not in the graph yet, by where they are.
	todo []running
}

// room is the room that limits.inflight leaves for calls of a function in an isolate.
type room struct {
	s     *slot
	rec   *record
	limit int
}

type running struct {
	t        *ticket
	requests []int
}

// unknot decides which of held, which are queued, are refused, as all that they wait for waits for
// them: one of each knot. Those that may go to a peer are offered first. All are taken out of the
// queue. The caller holds mu.
func (d *dispatcher) unknot(held []*ticket, now time.Time) (offers []offered, answers []answer) {
	for _, r := range d.entangled(held, now) {
		res := d.selfish(r.t, r.functions, now)
		if d.mayHandOnStale(r.t.rec, r.t) {
			offers = append(offers, offered{d.takeOut(r.t, now), res})
			continue
		}
		d.queue.remove(r.t)
		answers = append(answers, answer{r.t, res})
	}
	return offers, answers
}

// refused is a call that is to be refused, and the functions whose calls wait for one another.
type refused struct {
	t         *ticket
	functions []string
}

// offered is a call that goes to a peer, or else is refused with res.
type offered struct {
	errand *errand
	res    *function.Result
}

// run makes the offer. The caller does not hold mu.
func (o offered) run(d *dispatcher) {
	if o.errand.run() {
		return
	}
	d.mu.Lock()
	d.away.remove(o.errand.t)
	d.mu.Unlock()
	d.settle(o.errand.t, o.res)
}

// entangled returns those of held that are to be refused so that nothing waits for itself.
func (d *dispatcher) entangled(held []*ticket, now time.Time) []refused {
	g := &tangle{d: d, now: now, calls: map[*ticket]knot.Node{}, rooms: map[room]knot.Node{}, of: map[knot.Node]*ticket{}, by: map[*ticket]*ticket{}}
	for _, t := range held {
		g.call(t)
	}
	g.grow()
	var all []refused
	for knots := g.graph.Knots(); len(knots) > 0; knots = g.graph.Knots() {
		for _, k := range knots {
			n, t := g.victim(k)
			if t == nil {
				return all // there is no ring without one that is queued
			}
			g.graph.Release(n)
			all = append(all, refused{t, g.functions(k)})
			if by := g.by[t]; by != nil {
				by.knots++
			}
		}
	}
	return all
}

// functions are those that calls in k are queued for, sorted.
func (g *tangle) functions(k []knot.Node) []string {
	var names []string
	for _, n := range k {
		if t := g.of[n]; t != nil {
			names = append(names, t.rec.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// victim is who is refused of k: the youngest of its queued calls, which closed it, as nearly as that
// is known. But where its caller was refused askedAgain times one of the others is: who asks again keeps
// its place, and would be the youngest each time.
func (g *tangle) victim(k []knot.Node) (at knot.Node, t *ticket) {
	for _, n := range k {
		if q := g.of[n]; q != nil && (t == nil || g.goesBefore(q, t)) {
			at, t = n, q
		}
	}
	return at, t
}

// goesBefore reports whether a is refused rather than b.
func (g *tangle) goesBefore(a, b *ticket) bool {
	if x, y := g.refusals(a)/askedAgain, g.refusals(b)/askedAgain; x != y {
		return x < y
	}
	return a.seq > b.seq
}

// refusals is how often who asked for t was refused.
func (g *tangle) refusals(t *ticket) int {
	if by := g.by[t]; by != nil {
		return by.knots
	}
	return 0
}

// call is the node of t, which has no answer.
func (g *tangle) call(t *ticket) knot.Node {
	if n, known := g.calls[t]; known {
		return n
	}
	s := g.home(t)
	switch {
	case s != nil:
		requests := s.requests[t.inv]
		if len(requests) == 0 || t.returned.Load() || t.expired(g.now) {
			break
		}
		n := g.graph.Add(1)
		g.calls[t] = n
		g.todo = append(g.todo, running{t, requests})
		return n
	case g.d.isHeld(t, g.now):
		n := g.graph.Add(1)
		g.calls[t], g.of[n] = n, t
		for _, s := range g.d.slots {
			if s.mayRun(t) {
				g.graph.Wait(n, g.room(room{s, t.rec, t.inflightLimit()}))
			}
		}
		return n
	}
	n := g.graph.Add(0)
	g.calls[t] = n
	return n
}

// home is where t is in flight; nil where it is queued.
func (g *tangle) home(t *ticket) *slot {
	if t.runtime < 0 {
		return nil
	}
	i, found := slices.BinarySearchFunc(g.d.slots, t.runtime, func(s *slot, id int) int { return s.id - id })
	if !found {
		return nil
	}
	return g.d.slots[i]
}

// room is the node of r, which is full.
func (g *tangle) room(r room) knot.Node {
	if n, known := g.rooms[r]; known {
		return n
	}
	n := g.graph.Add(r.s.functions[r.rec.index].inflight - r.limit + 1)
	g.rooms[r] = n
	for t := r.s.running.head; t != nil; t = r.s.running.next(t) {
		if t.rec == r.rec {
			g.graph.Wait(n, g.call(t))
		}
	}
	return n
}

// grow adds what the calls in flight wait for, and what that waits for.
func (g *tangle) grow() {
	for len(g.todo) > 0 {
		c := g.todo[len(g.todo)-1]
		g.todo = g.todo[:len(g.todo)-1]
		began := c.t.received.Add(c.t.queued)
		for _, ordinal := range c.requests {
			here := false
			for _, child := range g.named(function.ChildID(c.t.inv.ID, function.SentRequest, ordinal)) {
				if child.entered.Before(began) {
					continue // an attempt before this one asked for it
				}
				g.graph.Wait(g.calls[c.t], g.call(child))
				g.by[child] = c.t
				here = true
			}
			if !here { // it is on its way, or elsewhere
				g.graph.Release(g.calls[c.t])
			}
		}
	}
}

// named are the calls without an answer of that id which others wait for, or might.
func (g *tangle) named(id string) []*ticket {
	if g.byID == nil {
		g.byID = map[string][]*ticket{}
		for _, rec := range g.d.queue.records {
			for t := rec.nested.head; t != nil; t = rec.nested.next(t) {
				g.byID[t.inv.ID] = append(g.byID[t.inv.ID], t)
			}
		}
		for _, s := range g.d.slots {
			for t := s.running.head; t != nil; t = s.running.next(t) {
				if t.inv.Depth > 0 && !t.returned.Load() {
					g.byID[t.inv.ID] = append(g.byID[t.inv.ID], t)
				}
			}
		}
	}
	return g.byID[id]
}

// selfish is the answer to t, which would wait for itself, by way of calls of these functions. The
// caller holds mu.
func (d *dispatcher) selfish(t *ticket, functions []string, now time.Time) *function.Result {
	d.knotted.Add(1)
	t.queued = now.Sub(t.received)
	return overloaded(d.retryAfter(t.rec, now), fmt.Sprintf(
		"function %s would be waited for without an end: calls of %s wait for one another%s",
		t.rec.name, strings.Join(functions, ", "), d.because(t.rec)))
}
