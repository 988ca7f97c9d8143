package actors

import (
	"sync/atomic"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// errand is one offer of a ticket to somebody outside the pool. The ticket is in
// dispatcher.away while it lasts.
type errand struct {
	d     *dispatcher
	t     *ticket
	offer Overflow
	// over is set by the answer, or by the refusal: whichever comes first counts, also
	// where Overflow breaks its contract.
	over atomic.Bool
}

// mayOffer reports whether there is anybody to offer calls of fn to.
func (d *dispatcher) mayOffer(fn *bundle.Function) bool {
	if fn != nil && fn.Manifest.Dedicated && d.cfg.Dedicated == DedicatedAsked {
		return d.cfg.Elsewhere != nil
	}
	return d.cfg.Overflow != nil
}

// errand returns the offer of t, whose version is fn, or nil where nobody may have it.
// The caller holds mu.
func (d *dispatcher) errand(t *ticket, fn *bundle.Function) *errand {
	e := &errand{d: d, t: t, offer: d.cfg.Overflow}
	if fn != nil && fn.Manifest.Dedicated && d.cfg.Dedicated == DedicatedAsked {
		e.offer = nil
		if elsewhere := d.cfg.Elsewhere; elsewhere != nil && !d.housed(t.rec) {
			e.offer = func(inv *function.Invocation, done func(*function.Result)) bool {
				return elsewhere(t.rec.name, inv, done)
			}
		}
	}
	if e.offer == nil || t.hopped {
		return nil
	}
	return e
}

// run makes the offer, and reports whether it was taken. Else the ticket is the
// caller's again, and still in dispatcher.away. The caller does not hold mu.
func (e *errand) run() bool {
	if !e.offer(e.t.inv, e.done) && e.over.CompareAndSwap(false, true) {
		return false
	}
	e.d.spilled.Add(1)
	return true
}

// done takes the answer from outside.
func (e *errand) done(res *function.Result) {
	if !e.over.CompareAndSwap(false, true) {
		e.d.dropped()
		return
	}
	e.d.mu.Lock()
	e.d.away.remove(e.t)
	e.d.mu.Unlock()
	e.d.conclude(e.t, res, true)
}
