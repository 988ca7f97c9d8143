package jsruntime

import (
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// eventKind says what an Event is about.
type eventKind uint8

const (
	eventCompletion eventKind = iota + 1
	eventDeadline
)

// Event is something that happened outside the isolate and concerns it: an IO
// result, a timer, a deadline. It is made by the runtime's own goroutines, handed
// to Config.Post, and given back to Runtime.Handle by the owner. The zero Event is
// dropped.
type Event struct {
	kind       eventKind
	invocation *invocation
	completion Completion
	// at is when it happened.
	at time.Time
	// played says that it is told from a record.
	played bool
}

// Invocation is what Runtime.Invoke was given of the invocation that the event is about; nil
// for the zero Event.
func (e Event) Invocation() *function.Invocation {
	if e.invocation == nil {
		return nil
	}
	return e.invocation.inv
}

// Function names the function whose invocation the event is about; "" for the zero Event.
func (e Event) Function() string {
	if e.invocation == nil {
		return ""
	}
	return e.invocation.fn.Name
}
