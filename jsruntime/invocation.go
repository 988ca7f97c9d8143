package jsruntime

import (
	"context"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/tape"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// invocation is one that the runtime has in flight.
type invocation struct {
	id      int32
	inv     *function.Invocation
	fn      *bundle.Function
	context *jsContext
	done    Done // nil once answered

	began time.Time
	cpu   time.Duration
	// left is when the last turn ended that left it waiting; io is how long what it waited for
	// took, all together.
	left time.Time
	io   time.Duration
	// heap is the most that was seen in use in its isolate.
	heap uint64
	cold bool
	// counted says that its function's tally has it.
	counted bool
	// scriptError is why its function could not be loaded, and lost why the isolate of its
	// own was lost.
	scriptError *function.ScriptError
	lost        error

	// deadline fires eventDeadline; nil until the first turn left it pending.
	deadline *time.Timer
	// published and requested count what it has sent through ctx.nats.
	published, requested int
	// called counts its calls of methods, as those do.
	called int
	// verdicts are what it said of messages, by their places; nil until it did.
	verdicts []function.Verdict
	// state is what it makes of its key's state; nil until it did.
	state *function.StateChange
	// alarm is what becomes of its alarm.
	alarm *function.AlarmChange
	// operations holds what it waits for, by number.
	operations map[int32]operation
	// record takes it down; nil where it is not recorded. play is what of it is played.
	record *tape.Recorder
	play   playing
	// scope holds what it has open in Go; nil until there is something.
	scope *webapi.Scope
}

// operation is a timer or IO that an invocation waits for.
type operation struct {
	timer  *time.Timer
	cancel context.CancelFunc
	// request says which of the invocation's requests it is, from 1; 0 for all else.
	request int
}

func (o operation) stop() {
	if o.timer != nil {
		o.timer.Stop()
	}
	if o.cancel != nil {
		o.cancel()
	}
}

// expires is when the invocation must have been answered: its caller's deadline or
// its function's wall limit, whichever comes first.
func (i *invocation) expires() time.Time {
	end := i.began.Add(i.fn.Manifest.Limits.Wall)
	if d := i.inv.Deadline; !d.IsZero() && d.Before(end) {
		return d
	}
	return end
}

// caller says on whose behalf an operation is begun, and counts it.
func (i *invocation) caller(op string) hostcap.Caller {
	switch op {
	case "nats.publish":
		i.published++
	case "nats.request":
		i.requested++
	case "call.method":
		i.called++
	}
	from := hostcap.Caller{
		Function: i.fn.Name, Invocation: i.inv.ID, Publish: i.published, Request: i.requested, Call: i.called,
		Header: i.inv.Header, Trace: i.inv.Trace, Deadline: i.expires(),
	}
	if i.inv.Keyed != nil {
		from.Key = i.inv.Keyed.ID
	}
	if i.inv.Again || i.inv.Attempt > 1 {
		from.Since = i.inv.Received
	}
	return from
}

// awaited notes that what it waits for had come at the given time.
func (i *invocation) awaited(at time.Time) {
	if !i.left.IsZero() && at.After(i.left) {
		i.io += at.Sub(i.left)
	}
}

// release stops all that the invocation left running.
func (i *invocation) release() {
	if i.deadline != nil {
		i.deadline.Stop()
	}
	for _, o := range i.operations {
		o.stop()
	}
	i.operations = nil
	if i.scope != nil {
		i.scope.Close()
	}
}

// computed charges what was computed for it outside of JavaScript.
func (i *invocation) computed() {
	if i.scope != nil {
		i.cpu += i.scope.TakeSpent()
	}
}
