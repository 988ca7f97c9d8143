package actors

import (
	"fmt"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// verdict is what becomes of an invocation that came: it is queued (and wake, where not
// nil, was claimed for it), offered to somebody else, or refused.
type verdict struct {
	wake  *slot
	offer *errand
	res   *function.Result
}

// submit takes an invocation on, or answers it at once. One that hopped came from
// another node.
func (d *dispatcher) submit(inv *function.Invocation, done func(*function.Result), hopped bool) {
	now := d.clock.Now()
	rec := d.registry.lookup(inv.Function)
	var fn *bundle.Function
	if rec != nil {
		fn = rec.versionFor(inv.ID)
	}
	if fn == nil {
		d.refuse(inv, nil, done, function.Failure(function.NotFound, notFound(inv.Function)), now)
		return
	}
	t := newTicket(inv, done, rec, fn, now)
	t.hopped = hopped
	d.mu.Lock()
	v := d.judge(t, now, !hopped)
	switch {
	case v.res != nil:
	case v.offer != nil:
		d.pending.Add(1)
		d.away.pushBack(t)
	default:
		d.accepted.Add(1)
		d.pending.Add(1)
		d.enqueue(t, now)
	}
	d.mu.Unlock()
	switch {
	case v.res != nil:
		d.refuse(inv, rec, done, v.res, now)
	case v.offer != nil:
		if !v.offer.run() {
			d.readmit(t)
		}
	case v.wake != nil:
		d.wake(v.wake)
	}
}

// readmit queues t, which was offered as it came and not taken, or says why not.
func (d *dispatcher) readmit(t *ticket) {
	now := d.clock.Now()
	d.mu.Lock()
	d.away.remove(t)
	v := d.judge(t, now, false) // refuses what was cut off meanwhile
	if v.res == nil {
		d.accepted.Add(1)
		d.enqueue(t, now)
		d.strand(offerFirst, now)
	}
	d.mu.Unlock()
	switch {
	case v.res != nil:
		res := *v.res // it may be shared; see words
		d.settle(t, &res)
	case v.wake != nil:
		d.wake(v.wake)
	}
}

// enqueue puts t at the end. The caller holds mu.
func (d *dispatcher) enqueue(t *ticket, now time.Time) {
	d.assign(t)
	d.queue.push(t)
	d.attend(t, now)
	if d.cfg.Overflow != nil {
		d.strand(offerStale, now)
	}
}

// judge decides what becomes of t, and claims a runtime where it is to be queued. It is
// offered to others only where that may be. The caller holds mu, and does what it says.
func (d *dispatcher) judge(t *ticket, now time.Time, offer bool) verdict {
	fn := t.version()
	switch {
	case d.closed || d.cut.Load():
		return verdict{res: goingDown()}
	case fn == nil: // removed a moment ago
		return verdict{res: function.Failure(function.NotFound, notFound(t.rec.name))}
	case t.expired(now):
		return verdict{res: timedOut(t, now)}
	}
	if held, ok := d.held(t, now); ok {
		return verdict{res: d.quarantined(t.rec.name, held, now)}
	}
	refused := !offer && !t.hopped // by whoever was asked
	offer = offer && d.mayHandOn(t.rec, fn)
	home := d.home(t.rec, fn)
	no := d.crowded(t, fn, now)
	switch {
	case offer && (d.draining.Load() || !home || no != nil):
		return verdict{offer: d.errand(t, fn)}
	case d.draining.Load():
		return verdict{res: goingDown()}
	case !home && (t.hopped || t.deadline.IsZero() || !d.mayOffer(fn)):
		return verdict{res: d.homeless(t.rec.name, fn)}
	case no != nil:
		return verdict{res: no(refused)}
	case !home:
		return verdict{} // it waits for a runtime, or for a peer that has room
	}
	s := d.choose(t)
	if s == nil && offer && (d.queue.len() >= d.spillAt() || !d.staffed(fn)) {
		return verdict{offer: d.errand(t, fn)}
	}
	return verdict{wake: s}
}

// spillAt is Config.SpillAt as it counts.
func (d *dispatcher) spillAt() int {
	if d.cfg.SpillAt == 0 {
		return d.cfg.Queue
	}
	return min(d.cfg.SpillAt, d.cfg.Queue)
}

// home reports whether a runtime of this pool runs fn, or will. One that was removed
// (nil) is answered by a shared one. The caller holds mu.
func (d *dispatcher) home(rec *record, fn *bundle.Function) bool {
	if fn != nil && fn.Manifest.Dedicated {
		return d.housed(rec)
	}
	for _, s := range d.slots { // the shared ones come first
		if s.only != nil {
			return false
		}
		if !s.draining {
			return true
		}
	}
	return false
}

// staffed reports whether a runtime has an isolate for fn, as far as another node might
// have one sooner. The caller holds mu.
func (d *dispatcher) staffed(fn *bundle.Function) bool {
	if fn.Manifest.Dedicated {
		return true
	}
	for _, s := range d.slots {
		if s.only != nil {
			return false
		}
		if s.phase == serving && !s.draining && !s.stuck {
			return true
		}
	}
	return false
}

func goingDown() *function.Result {
	return function.Failure(function.Canceled, "the node is shutting down; send it again, another member will take it")
}

// homeless says that nothing in this pool will run the function.
func (d *dispatcher) homeless(name string, fn *bundle.Function) *function.Result {
	if fn != nil && fn.Manifest.Dedicated {
		return overloaded(d.cfg.RetryAfter, fmt.Sprintf("function %s has an isolate of its own, and this node is not the one that has it: send it again in %s", name, d.cfg.RetryAfter))
	}
	return overloaded(d.cfg.RetryAfter, fmt.Sprintf("this node has no runtimes (its share is 0): send it again in %s, another member may take it; if this lasts, raise the number of runtimes", d.cfg.RetryAfter))
}
