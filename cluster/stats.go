package cluster

import "sync/atomic"

// Stats counts since Start. A call is counted once among its ends.
type Stats struct {
	SpilledOut   uint64 // calls handed to a peer by Spill
	CalledOut    uint64 // calls made to members, Spill's among them
	CalledIn     uint64 // calls of others that were accepted here
	Refused      uint64 // calls of this member that a peer refused
	RefusedHere  uint64 // calls of others that were refused here
	NotDelivered uint64 // calls that never left
	NoAnswer     uint64 // calls that may have run, and whose end is not known
	BreakerOpen  uint64 // of NotDelivered: because a breaker was open
	Late         uint64 // answers to calls that had ended, and second answers: dropped
	Duplicate    uint64 // requests that arrived twice: dropped
	Fenced       uint64 // times this member began anew under another id
	Pending      int    // calls of this member that are open now
	Serving      int    // calls of others that run now
	Grains       int    // grains that are active here
	// Breakers says of each peer that is called: closed, half-open or open.
	Breakers map[string]string
	// Rejected is what the remote port has turned away.
	RejectedHandshakes, RejectedMessages uint64
}

type counters struct {
	spilledOut, calledOut, calledIn, refused, refusedHere, notDelivered,
	noAnswer, breakerOpen, late, duplicate, fenced atomic.Uint64
}

// Stats returns the counters, for operators.
func (c *Cluster) Stats() Stats {
	k := &c.counts
	r := c.remote.Stats()
	return Stats{
		SpilledOut: k.spilledOut.Load(), CalledOut: k.calledOut.Load(), CalledIn: k.calledIn.Load(),
		Refused: k.refused.Load(), RefusedHere: k.refusedHere.Load(), NotDelivered: k.notDelivered.Load(),
		NoAnswer: k.noAnswer.Load(), BreakerOpen: k.breakerOpen.Load(), Late: k.late.Load(),
		Duplicate: k.duplicate.Load(), Fenced: k.fenced.Load(),
		Pending: c.calls.len(), Serving: c.inbound.len(), Grains: c.grains.active(),
		Breakers:           c.breakers.states(),
		RejectedHandshakes: r.Handshakes, RejectedMessages: r.Unknown + r.Malformed,
	}
}
