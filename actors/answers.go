package actors

import (
	"fmt"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// settle gives t its one answer, and reports whether this was it. A second one is
// dropped and counted.
func (d *dispatcher) settle(t *ticket, res *function.Result) bool { return d.conclude(t, res, false) }

// conclude is settle; abroad says that the answer comes from whoever t was handed to.
// It is stamped and counted here only where no other node has done so.
func (d *dispatcher) conclude(t *ticket, res *function.Result, abroad bool) bool {
	if !t.state.CompareAndSwap(ticketOpen, ticketSettled) {
		d.dropped()
		return false
	}
	if res == nil {
		res = function.Failure(function.Crashed, "the runtime gave no result")
	}
	// Deferred: a done that panics must not keep Drain waiting.
	defer d.settled()
	r := &res.Receipt
	if abroad && r.Node != "" && r.Node != d.cfg.Node {
		r.Attempts += t.runs
	} else {
		r.Node, r.Runtime, r.Queued, r.Attempts = d.cfg.Node, t.runtime, t.queued, t.runs
		if t.fn != nil {
			r.Version = t.fn.Version
		}
		d.counts.add(res.Outcome)
		d.used.add(r)
		t.rec.account.add(res)
		t.rec.account.took(t, res)
		t.rec.ran(t.fn, res.Outcome)
	}
	d.ended(t, res, abroad)
	t.done(res)
	return true
}

// settled counts an answer given, and ends a Drain that waited for the last.
func (d *dispatcher) settled() {
	if d.pending.Add(-1) == 0 && d.draining.Load() {
		d.mu.Lock()
		d.checkDrained()
		d.mu.Unlock()
	}
}

// dropped counts a result that came after the answer.
func (d *dispatcher) dropped() {
	if !d.cut.Load() {
		d.late.Add(1)
	}
}

// refuse answers an invocation that was not accepted.
func (d *dispatcher) refuse(inv *function.Invocation, rec *record, done func(*function.Result), res *function.Result, now time.Time) {
	if res.Receipt.Node == "" { // else it is shared by several; see words
		res.Receipt.Node = d.cfg.Node
		if !inv.Received.IsZero() {
			res.Receipt.Queued = now.Sub(inv.Received)
		}
	}
	d.counts.add(res.Outcome)
	if rec != nil {
		rec.account.add(res)
	}
	done(res)
}

// give settles what was decided under the lock.
func (d *dispatcher) give(answers []answer) {
	for _, a := range answers {
		d.settle(a.t, a.res)
	}
}

func notFound(name string) string {
	return fmt.Sprintf("no function %q is deployed on this node", name)
}

func overloaded(after time.Duration, message string) *function.Result {
	res := function.Failure(function.Overloaded, message)
	res.RetryAfter = after
	return res
}

// timedOut says that t was never run, and for how long it waited. It notes the time
// in the queue on the ticket.
func timedOut(t *ticket, now time.Time) *function.Result {
	t.queued = now.Sub(t.received)
	if t.runs > 0 {
		return function.Failure(function.Timeout, fmt.Sprintf("the deadline passed before attempt %d could start, %s after the message came", t.runs+1, t.queued.Round(time.Millisecond)))
	}
	return function.Failure(function.Timeout, fmt.Sprintf("the deadline passed before the function could start, %s after the message came", t.queued.Round(time.Millisecond)))
}

// stuckRetryAfter is what the caller of a function that is refused without an end is
// told to wait: somebody has to deploy another version.
const stuckRetryAfter = time.Minute

func (d *dispatcher) quarantined(name string, held sentence, now time.Time) *function.Result {
	after := stuckRetryAfter
	if !held.until.IsZero() {
		after = held.until.Sub(now)
	}
	return overloaded(after, d.quarantine.message(name, held))
}

// held returns why t would be refused now. The caller holds mu.
func (d *dispatcher) held(t *ticket, now time.Time) (sentence, bool) {
	if d.quarantine.none() {
		return sentence{}, false
	}
	version := ""
	if fn := t.version(); fn != nil {
		version = fn.Version
	}
	return d.quarantine.check(t.rec.name, version, now)
}
