package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime"
)

// quietly keeps a message that finds its actor gone out of the dead-letter log: all
// of ours may, and none of them carries work.
type quietly struct{}

// IgnoreDeadLetterLogging marks the message for Proto.Actor.
func (quietly) IgnoreDeadLetterLogging() {}

// wake tells a runtime actor to pull. At most one is outstanding for each.
type wake struct{ quietly }

// event is what the isolate of one generation posted.
type event struct {
	quietly
	gen uint64
	ev  jsruntime.Event
}

// drain tells a runtime actor to stop once nothing is in flight. The dispatcher
// gives it no more work already.
type drain struct{ quietly }

// cancelAll tells a runtime actor to answer all that is in flight with canceled.
type cancelAll struct {
	quietly
	message string
}

// recall tells a runtime actor to answer canceled what it has in flight of messages of
// streams, and to say when it has.
type recall struct {
	quietly
	message string
	reply   chan<- struct{}
}

// look asks a runtime actor what its invocations wait for; see dispatcher.looked.
type look struct{ quietly }

// resize asks the supervisor for n runtimes.
type resize struct {
	quietly
	n     int
	reply chan<- resized
}

// resized says what is under way: runtimes that start, and runtimes that drain.
type resized struct {
	started, draining []*slot
}

// staff asks the supervisor to start and stop dedicated runtimes as the registry says.
type staff struct {
	quietly
	// done, where it is not nil, is closed when the supervisor has.
	done chan struct{}
}

// replace tells the supervisor that the actor of slot is stuck.
type replace struct {
	quietly
	slot *slot
}

// restart tells the supervisor that the back-off of a runtime is over.
type restart struct {
	quietly
	slot *slot
}

var (
	_ actor.IgnoreDeadLetterLogging = (*wake)(nil)
	_ actor.IgnoreDeadLetterLogging = (*event)(nil)
	_ actor.IgnoreDeadLetterLogging = (*look)(nil)
	_ actor.IgnoreDeadLetterLogging = (*staff)(nil)
)
