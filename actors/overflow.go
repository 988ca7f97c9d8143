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

// mayOffer reports whether there is anybody to offer calls of fn to that have no runtime
// here.
func (d *dispatcher) mayOffer(fn *bundle.Function) bool {
	if d.cfg.Dedicated == DedicatedAsked && fn != nil && fn.Manifest.Dedicated {
		return d.cfg.Elsewhere != nil
	}
	return d.cfg.Overflow != nil
}

// mayHandOn reports whether calls of fn may be offered as they come: not those of a
// function that is housed here, and so nowhere else. The caller holds mu.
func (d *dispatcher) mayHandOn(rec *record, fn *bundle.Function) bool {
	return d.mayOffer(fn) && (d.cfg.Dedicated == DedicatedHere || !fn.Manifest.Dedicated || !d.housed(rec))
}

// errand returns the offer of t, which may be handed on.
func (d *dispatcher) errand(t *ticket, fn *bundle.Function) *errand {
	e := &errand{d: d, t: t, offer: d.cfg.Overflow}
	if d.cfg.Dedicated == DedicatedAsked && fn != nil && fn.Manifest.Dedicated {
		e.offer = func(inv *function.Invocation, done func(*function.Result)) bool {
			return d.cfg.Elsewhere(t.rec.name, inv, done)
		}
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
