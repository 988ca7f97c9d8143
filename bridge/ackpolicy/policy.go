package ackpolicy

import (
	"errors"
	"fmt"
	"time"
)

// MaxForgiven is how many deliveries of one message are forgiven. Those after it
// count as every other.
const MaxForgiven = 1000

// ErrInvalid is wrapped by the error of Validate.
var ErrInvalid = errors.New("ackpolicy: invalid policy")

// Policy is how patient one trigger is with a message. Begin with Default; the zero
// value is not valid. It is read-only once in use.
type Policy struct {
	// Limit is how many deliveries count before the message is a dead letter.
	Limit int
	// Backoff is the wait before the second, third and further delivery; its last
	// element serves all that follow. Empty: Base, doubled each time up to Cap.
	Backoff []time.Duration
	// Base and Cap are the exponential back-off, used where Backoff is empty.
	Base, Cap time.Duration
	// Jitter is how much longer a wait may be, as a fraction of it, so that messages
	// that failed together do not come back together. A wait is never shorter.
	Jitter float64
	// AckWait is how long the server waits for a word before it delivers again.
	AckWait time.Duration
	// NotFoundWait is the shortest wait after not-found: another member, or this one
	// in a moment, may have the function.
	NotFoundWait time.Duration
}

// Default is the policy of a trigger that says nothing.
func Default() Policy {
	return Policy{
		Limit: 5, Base: time.Second, Cap: time.Minute, Jitter: 0.1,
		AckWait: 30 * time.Second, NotFoundWait: 5 * time.Second,
	}
}

// Validate reports every fault at once; each wraps ErrInvalid.
func (p Policy) Validate() error {
	var faults []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...))
		}
	}
	need(p.Limit >= 1, "the limit of deliveries is %d: at least 1", p.Limit)
	need(len(p.Backoff) > 0 || p.Base > 0 && p.Cap >= p.Base, "without a list the back-off needs a base over 0 and a cap of at least that: %s, %s", p.Base, p.Cap)
	for i, d := range p.Backoff {
		need(d >= 0, "back-off %d is %s: not negative", i, d)
	}
	need(p.Jitter >= 0 && p.Jitter <= 1, "jitter is %g: 0 to 1", p.Jitter)
	need(p.AckWait > 0, "ack wait is %s: more than 0", p.AckWait)
	need(p.NotFoundWait >= 0, "the wait after not-found is %s: not negative", p.NotFoundWait)
	return errors.Join(faults...)
}

// Wait is the back-off after the n-th failure, from 1, without jitter.
func (p Policy) Wait(n int) time.Duration {
	n = max(n, 1)
	if len(p.Backoff) > 0 {
		return p.Backoff[min(n, len(p.Backoff))-1]
	}
	wait := p.Base
	for range n - 1 {
		if wait >= p.Cap/2 {
			return p.Cap
		}
		wait *= 2
	}
	return min(wait, p.Cap)
}

// jittered is d and up to Jitter of it more. random is at least 0 and less than 1.
func (p Policy) jittered(d time.Duration, random func() float64) time.Duration {
	return d + time.Duration(p.Jitter*random()*float64(d))
}
