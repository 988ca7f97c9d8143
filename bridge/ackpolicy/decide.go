package ackpolicy

import (
	"fmt"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// Verdict is what to do with a message. The set is closed.
type Verdict uint8

// The verdicts. The zero value is none of them.
const (
	// Run it: it has just come.
	Run Verdict = iota + 1
	// Leave it alone until Delay has passed, then ask again: it runs.
	Leave
	// Progress: tell the server that it runs; ask again after Delay.
	Progress
	// Ack: it is done.
	Ack
	// Nak: the server is to deliver it again after Delay.
	Nak
	// DeadLetter: publish it as a dead letter; where that was confirmed, term, else
	// do what NotKept says.
	DeadLetter
)

// Decision is a verdict and what belongs to it.
type Decision struct {
	Verdict Verdict
	// Delay of Leave, Progress and Nak.
	Delay time.Duration
	// Forgive says that this delivery is to be noted as one that does not count; with
	// Nak alone.
	Forgive bool
	// Outcome is the one that a dead letter is filed under; with DeadLetter alone.
	Outcome function.Outcome
	// Reason says in a line why it is a dead letter; with DeadLetter alone.
	Reason string
}

// Delivery is what is known of one delivery of a message.
type Delivery struct {
	// Outcome is how it ended; ignored by Arrive.
	Outcome function.Outcome
	// Deliveries is the server's count, this one included, from 1.
	Deliveries int
	// Forgiven is how many of those before this one were forgiven.
	Forgiven int
	// Expired says that the message's own deadline has passed; for Arrive.
	Expired bool
	// RetryAfter is what an overloaded outcome asks to wait, or 0.
	RetryAfter time.Duration
	// Suspect says that an isolate was lost while it ran: whatever the outcome says, that is
	// its doing, and counts. Who counts the isolates is package poison.
	Suspect bool
	// Shared says that it ran in a batch with others, any of which may be the cause.
	Shared bool
	// Asked says that the function asked for another delivery, whatever the outcome is;
	// RetryAfter is then when, negative for what the back-off says.
	Asked bool
}

// Counted is how many deliveries count, this one included: 1 at least.
func (d Delivery) Counted() int {
	return max(1, d.Deliveries-min(max(d.Forgiven, 0), MaxForgiven))
}

// Arrive says whether a message that has just come is run: Run, or DeadLetter where
// more deliveries count than may, which no outcome has ended: the nodes that ran it
// died, or lost the server, each time. What has expired is a dead letter too.
func (p Policy) Arrive(d Delivery) Decision {
	if d.Expired {
		return Decision{Verdict: DeadLetter, Outcome: function.Timeout, Reason: "the message's own deadline had passed before it was run"}
	}
	if n := d.Counted(); n > p.Limit {
		return Decision{Verdict: DeadLetter, Outcome: function.Crashed, Reason: fmt.Sprintf(
			"delivery %d of at most %d: the ones before ended without an outcome; does the function end the node, or take longer than ackWait while the server is away?", n, p.Limit)}
	}
	return Decision{Verdict: Run}
}

// Running says whether the server is to be told that a message still runs, told
// being the time since it last heard of it: at half of AckWait, so that one loss is
// survived.
func (p Policy) Running(told time.Duration) Decision {
	if half := p.AckWait / 2; told < half {
		return Decision{Verdict: Leave, Delay: half - told}
	}
	return Decision{Verdict: Progress, Delay: p.AckWait / 2}
}

// Settle says what becomes of a message that has ended: Ack, Nak or DeadLetter.
//
// A batch that fails makes no message a dead letter, as long as BatchSize says who shares
// one: of the last delivery that counts each is alone.
func (p Policy) Settle(d Delivery, random func() float64) Decision {
	if d.Asked {
		return p.asked(d, random)
	}
	if d.Suspect {
		return p.again(d, p.Limit, 0, random)
	}
	if d.Shared {
		return p.settleShared(d, random)
	}
	switch d.Outcome {
	case function.OK:
		return Decision{Verdict: Ack}
	case function.BadRequest:
		return p.bury(d, "the message breaks the contract: another delivery would end the same")
	case function.TooLarge:
		return p.bury(d, "the function has run, and its reply is too large: another run would end the same")
	case function.NotFound:
		return p.again(d, p.Limit, p.NotFoundWait, random)
	case function.Timeout, function.Exception:
		return p.again(d, p.Limit, 0, random)
	case function.ExceededCPU, function.ExceededMemory:
		return p.again(d, min(p.Limit, 2), 0, random)
	case function.Overloaded:
		return p.forgive(d, max(d.RetryAfter, p.Wait(d.Forgiven+1)), random)
	case function.Canceled:
		return p.forgive(d, 0, random)
	case function.Crashed:
		return p.forgive(d, p.Wait(d.Forgiven+1), random)
	}
	// No outcome is a fault of ours, and as innocent as crashed.
	return p.forgive(d, p.Wait(d.Forgiven+1), random)
}

// settleShared is Settle for one of several of a batch.
func (p Policy) settleShared(d Delivery, random func() float64) Decision {
	switch d.Outcome {
	case function.OK:
		return Decision{Verdict: Ack}
	case function.Overloaded, function.Canceled, function.Crashed:
		d.Shared = false
		return p.Settle(d, random)
	case function.NotFound:
		return p.again(d, p.Limit, p.NotFoundWait, random)
	case function.BadRequest, function.TooLarge, function.Timeout, function.Exception,
		function.ExceededCPU, function.ExceededMemory:
	}
	return p.again(d, p.Limit, 0, random)
}

// asked is Settle for one that the function asked for again. It counts, so that this comes
// to an end.
func (p Policy) asked(d Delivery, random func() float64) Decision {
	n := d.Counted()
	if n >= p.Limit {
		d.Outcome = function.Exception
		return p.bury(d, fmt.Sprintf("delivery %d of at most %d: the function asked for another one", n, p.Limit))
	}
	if d.RetryAfter >= 0 {
		return Decision{Verdict: Nak, Delay: d.RetryAfter}
	}
	return Decision{Verdict: Nak, Delay: p.jittered(p.Wait(n), random)}
}

// NotKept says when to deliver a message again whose dead letter could not be
// published. It is never given up: it waits in its stream.
func (p Policy) NotKept(d Delivery, random func() float64) Decision {
	return Decision{Verdict: Nak, Delay: p.jittered(max(p.Wait(d.Counted()), time.Second), random)}
}

// again has it delivered up to limit times, least apart.
func (p Policy) again(d Delivery, limit int, least time.Duration, random func() float64) Decision {
	n := d.Counted()
	if n >= limit {
		return p.bury(d, fmt.Sprintf("delivery %d of at most %d ended %s", n, limit, d.Outcome))
	}
	return Decision{Verdict: Nak, Delay: p.jittered(max(least, p.Wait(n)), random)}
}

// forgive has it delivered again without counting, as long as that may be.
func (p Policy) forgive(d Delivery, wait time.Duration, random func() float64) Decision {
	if d.Forgiven < MaxForgiven {
		return Decision{Verdict: Nak, Delay: p.jittered(wait, random), Forgive: true}
	}
	return p.again(d, p.Limit, wait, random)
}

func (p Policy) bury(d Delivery, reason string) Decision {
	o := d.Outcome
	if !o.Valid() {
		o = function.Crashed
	}
	return Decision{Verdict: DeadLetter, Outcome: o, Reason: reason}
}
