package jsruntime

import "time"

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
}

// Function names the function whose invocation the event is about; "" for the zero Event.
func (e Event) Function() string {
	if e.invocation == nil {
		return ""
	}
	return e.invocation.fn.Name
}
