// Package ackpolicy decides what becomes of a message that JetStream delivered: is
// it run, acknowledged, delivered again and when, or put among the dead letters.
//
// It is pure: no IO, no clock, no random numbers of its own, no state. Whoever owns
// the message asks at three moments, and does what the Decision says:
//
//	Arrive   before it is run: a message that ends each node that runs it comes
//	         back without an outcome, and must not come back for ever
//	Running  while it runs: is the server to be told so?
//	Settle   when its outcome is known
//
//	p := ackpolicy.Default()
//	d := p.Settle(ackpolicy.Delivery{Outcome: function.Exception, Deliveries: 1}, rand.Float64)
//	// d.Verdict == ackpolicy.Nak, d.Delay is a second or a little more
//
// # What counts
//
// Deliveries are counted by the server, and a policy has a limit of them. Some ends
// say nothing about the message: the node was full, it was shut down, or another
// invocation killed the isolate. Such a delivery is forgiven: the owner notes it and
// hands the number in with the next one, and it does not count against the limit.
// MaxForgiven bounds that, so that every message comes to an end: after at most
// Limit + MaxForgiven deliveries it is acknowledged or a dead letter.
//
//	outcome            decision                                counts
//	ok                 ack
//	bad-request        dead letter at once
//	too-large          dead letter at once
//	not-found          again, not before NotFoundWait          yes
//	timeout            again                                   yes
//	exception          again                                   yes
//	exceeded-cpu       again once, then dead letter            yes
//	exceeded-memory    again once, then dead letter            yes
//	overloaded         again, not before what it asks for      no
//	crashed            again                                   no
//	canceled           again at once, for another member       no
//
// What was running when its isolate was lost (Delivery.Suspect) is delivered again, and that
// counts, whatever the outcome is; package poison says when it is not.
//
// Safe for concurrent use, as long as the random source is.
package ackpolicy
