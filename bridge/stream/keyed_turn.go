package stream

import (
	"context"
	"errors"
	"time"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/jsruntime/function"
)

// Spread says which member runs a key of a keyed function, and hands runs to it. Its methods
// must be safe for concurrent use, and must not block.
type Spread interface {
	// Owner returns the member that a key belongs to, of those that are not in except; here
	// says that it is this one, also where there is no other.
	Owner(function, key string, except []string) (member string, here bool)
	// Turn has a member run t, by Triggers.Serve there. done is called once, from any
	// goroutine. An error that wraps ErrNotTaken says that t surely never ran there; after any
	// other it may have run, and may go on running. When ctx ends the member is told.
	Turn(ctx context.Context, member string, t *Turn, done func(*Answer, error))
}

// Turn is one run of a message of a keyed function, by the member that runs its key. It is
// read-only.
type Turn struct {
	// Invocation is the message, or the call where its Keyed has a Method. Its Deadline is the
	// message's own; Received and the state are for whoever runs it to set.
	Invocation *function.Invocation
	// Key is what of the subject it is for.
	Key string
	// Stream tells the stream from others of its name, and Sequence is the message's place.
	Stream   string
	Sequence uint64
	// Alarm says that it is for the key's alarm, if that is due at Now, and for no message: what
	// is said of those above is not set then.
	Alarm bool
	Now   time.Time
	// Epoch is the token of the lease under which the order is kept. Up to Contested an earlier
	// epoch may have been given the messages.
	Epoch, Contested uint64
	// Revision is the least that the record of the key can have; 0 is not known. Who has an
	// older one at hand reads it anew.
	Revision uint64
	// Claim has the record be written before the run, so that no run that began before can
	// commit: this is not the first one.
	Claim bool
	// Counted is which run it is of those that count, from 1, as far as the sequencer knows.
	Counted int
	// Replies says that what the function returns is kept with the state.
	Replies bool

	// held asks the lease before each write, where it is this member's; else nil.
	held func() bool
}

// End is how a turn ended. The set is closed.
type End uint8

// The ends. The zero value is none of them.
const (
	// Committed: it ran, and is in the state.
	Committed End = iota + 1
	// Applied: it was in the state already, and was not run.
	Applied
	// Failed: it ran, or could not be run, and the state is as it was.
	Failed
	// Spent: it was about to be run more often than may be, and was not run again.
	Spent
	// Fenced: the key is of a later epoch.
	Fenced
	// Dropped: nobody waited for its end any more.
	Dropped
)

// Answer is what came of a turn.
type Answer struct {
	End End
	// Result is what the function came to, without its state, with Committed and Failed. With
	// Applied it is the reply where that is known, and else nil.
	Result *function.Result
	// Revision is the key's record's, 0 where that is not known.
	Revision uint64
	// Counted is which run it was of those that count; members before had begun others.
	Counted int
	// Alarm is the key's, where Revision is known.
	Alarm Alarm
	// Invocation is the id of the run of an alarm: the key's may be another one by then than who has
	// the order knew. "" where none ran.
	Invocation string

	// sign is what a call is answered with in the place of a Result; it does not travel.
	sign call.Sign
}

// Alarm is the alarm of a key. The zero value is none.
type Alarm struct {
	// Number tells it from others of its key, from 1.
	Number uint64
	// At is when it is due, in milliseconds since 1970.
	At int64
}

// ran reports whether Result is how a run ended.
func (a *Answer) ran() bool { return a.End == Committed || a.End == Failed }

// commits reports whether what a run ended with settles its message, so that it is committed:
// what ackpolicy acknowledges.
func commits(res *function.Result) bool {
	switch res.Verdict(0).Action {
	case function.SaidAck:
		return true
	case function.SaidRetry, function.SaidReject:
		return false
	case function.Unsaid:
	}
	return res.Outcome == function.OK
}

// turnOf is the next run of d.
func (k *keyed) turnOf(d *delivery) *Turn {
	if d.alarm != nil {
		return k.alarmTurn(d)
	}
	counted := ackpolicy.Delivery{Deliveries: d.inv.Attempt, Forgiven: d.forgiven}.Counted()
	inv := d.inv
	if d.waited > inv.Depth { // those who wait for it have room for it
		deep := *inv
		deep.Depth = d.waited
		inv = &deep
	}
	return &Turn{
		Invocation: inv, Key: d.key, Stream: k.stream, Sequence: d.place(), Epoch: k.epoch, Contested: k.contested,
		Revision: k.marks.get(d.key), Claim: counted > 1, Counted: counted,
		Replies: k.c.trigger.Stream.Reply != "", held: func() bool { return k.lease.Held() },
	}
}

// hand has d run by the member that its key belongs to, of those that have not refused it.
func (k *keyed) hand(d *delivery) {
	t := k.turnOf(d)
	member, here := "", true
	if k.c.t.deps.Spread != nil {
		member, here = k.c.t.deps.Spread.Owner(k.c.trigger.Function, d.key, d.tried)
	}
	ctx, cancel := k.s.within(maxTenure)
	if here {
		k.c.runner.run(ctx, t, func(a *Answer) {
			cancel()
			k.took(d, t, a)
		})
		return
	}
	k.c.counts.handed.Add(1)
	//nolint:contextcheck // what follows has a context of its own, and ends with the lease too
	k.c.t.deps.Spread.Turn(ctx, member, t, func(a *Answer, err error) {
		over := ctx.Err() != nil
		cancel()
		switch {
		case err == nil && (a.End != Dropped || over):
			k.took(d, t, a)
		case err == nil: // the member ends
			k.untaken(d, member, errGivenUp)
		case over:
			k.took(d, t, &Answer{End: Dropped})
		default:
			k.untaken(d, member, err)
		}
	})
}

// untaken has d run by another member than the one that did not take it, or did not answer. In
// doubt that counts as a run, and the next one begins with a claim, after which the member, if
// it goes on, cannot commit.
func (k *keyed) untaken(d *delivery, member string, err error) {
	k.c.lostTurn(d, member, err)
	d.tried = append(d.tried, member)
	if !errors.Is(err, ErrNotTaken) {
		d.repeats(d.inv.Received)
		inv := *d.inv
		inv.Attempt++
		d.inv = &inv
	}
	k.hand(d)
}
