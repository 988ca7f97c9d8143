package actors

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// maxFailure bounds what is kept of a failure's message, in bytes. It is more than anybody
// shows, so that a secret is whole when it is looked for.
const maxFailure = 1 << 10

// maxStack bounds what is kept of a failure's stack, in bytes.
const maxStack = 8 << 10

// Failure is an answer that was not ok.
type Failure struct {
	Outcome function.Outcome
	// Message is the error, 1 KiB of it at most, and Stack that of an exception, 8 KiB at most.
	Message, Stack string
}

// account is what came of one function's calls on this node. The zero value is ready, and it
// is safe for concurrent use.
type account struct {
	counts counts
	wall   atomic.Int64 // nanoseconds, summed
	used   used
	last   atomic.Pointer[Failure]
	// tempo is how long calls took; nil before the first one.
	tempo atomic.Pointer[tempo]
}

// add takes an answer. It does not keep res, which belongs to whoever is answered.
func (a *account) add(res *function.Result) {
	a.counts.add(res.Outcome)
	if wall := res.Receipt.Wall; wall > 0 {
		a.wall.Add(int64(wall))
	}
	a.used.add(&res.Receipt)
	if res.Outcome != function.OK {
		a.failed(res)
	}
}

// failed notes the last failure. An overload repeats one for thousands of calls: what is
// there already is not written again.
func (a *account) failed(res *function.Result) {
	message := strings.ToValidUTF8(res.Message[:min(len(res.Message), maxFailure)], "")
	if last := a.last.Load(); last != nil && last.Outcome == res.Outcome && last.Message == message {
		return
	}
	stack := strings.ToValidUTF8(res.Stack[:min(len(res.Stack), maxStack)], "")
	a.last.Store(&Failure{Outcome: res.Outcome, Message: strings.Clone(message), Stack: strings.Clone(stack)})
}

// spent is the sum of the time from the first JavaScript to the reply.
func (a *account) spent() time.Duration { return time.Duration(a.wall.Load()) }

// failure is the last failure; the zero value where there was none.
func (a *account) failure() Failure {
	if last := a.last.Load(); last != nil {
		return *last
	}
	return Failure{}
}
