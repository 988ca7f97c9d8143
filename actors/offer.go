package actors

import (
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// How soon what is queued, and has no runtime here, is offered again after a refusal.
// The wait doubles.
const (
	offerFirst = 50 * time.Millisecond
	offerCap   = time.Second
	// offerStale is how long a ticket is queued, with a runtime here, before it is offered
	// all the same: what it waits for may not move for long, while a peer has room.
	offerStale = 250 * time.Millisecond
)

// strand makes sure that what is queued and has no runtime here is offered to others,
// after wait at the latest, and the rest once it is stale. The caller holds mu.
func (d *dispatcher) strand(wait time.Duration, now time.Time) {
	if d.closed || d.offering { // a pass looks for more before it ends
		return
	}
	at := now.Add(wait)
	if !d.offerAt.IsZero() && !at.Before(d.offerAt) {
		return
	}
	if !d.stranded() {
		wait = max(wait, offerStale)
		at = now.Add(wait)
		if !d.offerAt.IsZero() && !at.Before(d.offerAt) || !d.mayStale() {
			return
		}
	}
	d.offerAt = at
	d.set(&d.offerer, wait, d.offerAll)
}

// stranded reports whether anything is queued that no runtime of this pool will run.
// The caller holds mu.
func (d *dispatcher) stranded() bool {
	for _, rec := range d.queue.records {
		if !d.home(rec, rec.queued.head.version()) {
			return true
		}
	}
	return false
}

// mayStale reports whether anything is queued that will be offered once it is stale. The
// caller holds mu.
func (d *dispatcher) mayStale() bool {
	for _, rec := range d.queue.records {
		if d.mayHandOnStale(rec, rec.queued.head) {
			return true
		}
	}
	return false
}

// mayHandOnStale reports whether t, which is rec's oldest, may be offered though it has a
// runtime here. One that is run again stays, with the version it had. The caller holds mu.
func (d *dispatcher) mayHandOnStale(rec *record, t *ticket) bool {
	fn := t.version()
	return fn != nil && t.fn == nil && !t.hopped && d.mayHandOn(rec, fn)
}

// offerAll offers what is queued and has no runtime here, until it is refused. What is
// refused stays queued, until its deadline or until there is a runtime. There is one
// pass at a time.
func (d *dispatcher) offerAll() {
	d.mu.Lock()
	d.offerAt = time.Time{}
	if d.closed || d.offering {
		d.mu.Unlock()
		return
	}
	d.offering = true
	d.offers.Add(1)
	d.mu.Unlock()
	defer d.offers.Done()
	taken := d.pass()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.offering = false
	if d.offerWait = min(2*d.offerWait, offerCap); taken || d.offerWait == 0 {
		d.offerWait = offerFirst
	}
	d.strand(d.offerWait, d.clock.Now())
}

// pass offers each ticket that has no runtime here or is stale, the oldest of a function
// first, and reports whether any was taken. Somebody who refuses one is asked for no more.
func (d *dispatcher) pass() bool {
	taken := false
	refused := map[string]bool{} // by function, or "" for Overflow
	for {
		now := d.clock.Now()
		d.mu.Lock()
		e, answers := d.nextStranded(refused, now)
		d.mu.Unlock()
		d.give(answers)
		if e == nil {
			return taken
		}
		if e.run() {
			taken = true
			continue
		}
		refused[d.giver(e.t)] = true
		d.putBack(e.t)
	}
}

// giver tells apart who is asked for t: "" is Overflow.
func (d *dispatcher) giver(t *ticket) string {
	if fn := t.version(); fn != nil && fn.Manifest.Dedicated {
		return t.rec.name
	}
	return ""
}

// nextStranded takes a ticket out of the queue that is to be offered, or returns nil;
// and the answers to those that may not be. The caller holds mu.
func (d *dispatcher) nextStranded(refused map[string]bool, now time.Time) (*errand, []answer) {
	var answers []answer
	for i := 0; i < len(d.queue.records) && !d.closed; {
		rec := d.queue.records[i]
		fn := rec.queued.head.version()
		if d.home(rec, fn) {
			if e := d.stale(rec, refused, now); e != nil {
				return e, answers
			}
			i++
			continue
		}
		answers = append(answers, d.clear(rec, func(t *ticket) *function.Result {
			switch {
			case t.expired(now):
				return timedOut(t, now)
			case t.version() == nil:
				return function.Failure(function.NotFound, notFound(rec.name))
			case t.hopped || !d.mayOffer(fn):
				t.queued = now.Sub(t.received)
				return d.homeless(rec.name, fn)
			default:
				return nil
			}
		})...)
		t := rec.queued.head
		if t == nil {
			continue // rec is out of the records, and another one in its place
		}
		if refused[d.giver(t)] {
			i++
			continue
		}
		return d.takeOut(t, now), answers
	}
	return nil, answers
}

// stale takes rec's oldest ticket out of the queue where it is to be offered though it has
// a runtime here; else it returns nil. The caller holds mu.
func (d *dispatcher) stale(rec *record, refused map[string]bool, now time.Time) *errand {
	t := rec.queued.head
	if now.Sub(t.entered) < offerStale || t.expired(now) || refused[d.giver(t)] || !d.mayHandOnStale(rec, t) {
		return nil
	}
	return d.takeOut(t, now)
}

// takeOut takes t out of the queue to be offered. The caller holds mu.
func (d *dispatcher) takeOut(t *ticket, now time.Time) *errand {
	d.queue.remove(t)
	t.queued = now.Sub(t.received)
	d.away.pushBack(t)
	return d.errand(t, t.version())
}

// putBack queues t where it stood, after it was offered and not taken, or says that it
// would wait for ever.
func (d *dispatcher) putBack(t *ticket) {
	now := d.clock.Now()
	d.mu.Lock()
	d.away.remove(t)
	if d.cut.Load() { // canceled, or about to be
		d.mu.Unlock()
		return
	}
	var res *function.Result
	var claimed []*slot
	fn := t.version()
	switch held, refused := d.held(t, now); {
	case refused:
		res = d.quarantined(t.rec.name, held, now)
	case fn == nil:
		res = function.Failure(function.NotFound, notFound(t.rec.name))
	case t.deadline.IsZero() && !d.home(t.rec, fn):
		res = d.homeless(t.rec.name, fn)
	default:
		t.to = nil
		d.assign(t)
		d.queue.putBack(t)
		d.attend(t, now)
		claimed = d.kick()
	}
	d.mu.Unlock()
	d.wakeAll(claimed)
	if res != nil {
		d.settle(t, res)
	}
}
