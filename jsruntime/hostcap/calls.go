package hostcap

import (
	"context"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// Call is a method of a keyed function, called for one key.
type Call struct {
	Function, Key, Method string
	// Args is the argument, as JSON; empty for none.
	Args []byte
	// ID tells the call from every other one, so that its key is changed by it once; "" has the
	// host derive one from the caller.
	ID string
	// Wait is how long the caller waits at most; 0 for as long as it lives itself.
	Wait time.Duration
}

// Answer is what a call came to.
type Answer struct {
	// Outcome is how the method ended. OK: Value is what it returned, as JSON, empty for
	// undefined. For all others Message says what was wrong.
	Outcome function.Outcome
	Value   []byte
	Message string
	// Thrown is what the method threw; nil where nothing was. Stack is of that, or "".
	Thrown *function.Thrown
	Stack  string
}

// Calls calls methods of keyed functions. Errors are *Error, for calls that have no Answer.
type Calls interface {
	// MaxPayload is the most that a call may hold, headers included, in bytes.
	MaxPayload() int64
	// Call calls a method and returns what it came to.
	Call(ctx context.Context, from Caller, c Call) (Answer, error)
}
