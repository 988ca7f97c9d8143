package hostcap

import (
	"errors"
	"fmt"
)

// Kind says what went wrong, as the name of the error that a function sees.
type Kind string

// The kinds of errors. Functions tell them apart by error.name.
const (
	// Denied: the manifest does not grant it.
	Denied Kind = "PermissionDeniedError"
	// NoResponders: nobody subscribes to the subject of a request.
	NoResponders Kind = "NoRespondersError"
	// Timeout: no answer came in time. What was sent may have been received.
	Timeout Kind = "TimeoutError"
	// Conflict: the key has another revision than the caller thought.
	Conflict Kind = "ConflictError"
	// NotFound: there is no such bucket. (A key without a value is no error.)
	NotFound Kind = "NotFoundError"
	// NoStream: no stream captures the subject that an acknowledgement was asked of.
	NoStream Kind = "NoStreamError"
	// Refused: the server took the message, and the stream or bucket did not.
	Refused Kind = "RefusedError"
	// TooLarge: over the server's max payload, the bucket's limit, or the function's.
	TooLarge Kind = "TooLargeError"
	// Overloaded: this node has as much pending as it may.
	Overloaded Kind = "OverloadedError"
	// Disconnected: the connection to the server is down, or was lost meanwhile; in the
	// latter case what was sent may have been received.
	Disconnected Kind = "ConnectionError"
	// Loop: the chain of calls that led here is too long.
	Loop Kind = "LoopError"
	// Unavailable: this node has no such capability.
	Unavailable Kind = "UnavailableError"
	// Invalid: what was asked for breaks the contract.
	Invalid Kind = "TypeError"
	// Cycle: the key that is called waits for this very call.
	Cycle Kind = "CycleError"
	// Lost: who had the key that was called has gone, or says nothing. Whether the call was
	// run, and its state committed, is not known.
	Lost Kind = "LostError"
	// Applied: an earlier attempt of the same call is in the key's state, and what it was answered
	// is not kept any more.
	Applied Kind = "AppliedError"
	// Forgotten: the key cannot tell any more whether an earlier attempt of the same call is in
	// its state, so that it was not applied.
	Forgotten Kind = "ForgottenError"
	// Failed: the method that was called threw, or was stopped.
	Failed Kind = "CallError"
	// Aborted: the caller gave it up.
	Aborted Kind = "AbortError"
)

// Other is what has no kind of its own.
const Other Kind = "Error"

// Kinds are all there are.
func Kinds() []Kind {
	return []Kind{
		Denied, NoResponders, Timeout, Conflict, NotFound, NoStream, Refused, TooLarge, Overloaded, Disconnected, Loop,
		Cycle, Lost, Applied, Forgotten, Failed, Unavailable, Invalid, Aborted, Other,
	}
}

// ErrNotFound is returned by Buckets.Get where the key has no value.
var ErrNotFound = errors.New("hostcap: the key has no value")

// Error is what an operation ends in where a function is to see an error.
type Error struct {
	Kind Kind
	// Message says what was wrong and, where there is something to do, what to do.
	Message string
	// Err is the cause, or nil. It is not shown to functions.
	Err error
}

// Errorf makes an Error without a cause.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Error implements error.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
