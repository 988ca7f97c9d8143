package jsruntime

import (
	"errors"
	"fmt"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/tape"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// ErrTerminated is what a Realm returns when its JavaScript was terminated.
var ErrTerminated = errors.New("jsruntime: execution was terminated")

// ErrClosed is returned by the methods of a Runtime after Close, or after it was
// condemned.
var ErrClosed = errors.New("jsruntime: runtime is closed")

// CondemnedError says that the isolate must not be used again. The culprit, where
// one is known, has been answered; the others are had from Runtime.Abandon.
type CondemnedError struct {
	// Function and Invocation name the culprit; empty where none is known.
	Function, Invocation string
	// Version is the one of Function that ran, which may be deployed no more; empty where
	// none is known.
	Version string
	// Culprit is what Runtime.Invoke was given, the same pointer: the id is the caller's to
	// choose, and may be another's too. Nil where none is known.
	Culprit *function.Invocation
	// Outcome is what the culprit was answered.
	Outcome function.Outcome
	// Cause is a *function.LimitError, or what the engine said.
	Cause error
	// Said is what Abandoned.Verdicts would be of each in flight, the culprit's too, where
	// Config.Stuck is told: nobody can ask Abandon then. Nil else.
	Said map[*function.Invocation][]function.Verdict
}

// Error implements error.
func (e *CondemnedError) Error() string {
	if e.Function == "" {
		return fmt.Sprintf("jsruntime: isolate condemned: %v", e.Cause)
	}
	return fmt.Sprintf("jsruntime: isolate condemned by function %s: %v", e.Function, e.Cause)
}

// Unwrap returns the cause.
func (e *CondemnedError) Unwrap() error { return e.Cause }

// namedError is an error as core.js reads it: its text is the name of a JavaScript
// error, a newline, and the message.
type namedError struct {
	name string
	err  error
}

func (e namedError) Error() string { return e.name + "\n" + e.err.Error() }

func (e namedError) Unwrap() error { return e.err }

// named gives err the form that core.js reads.
func named(err error) error {
	if recorded, ok := errors.AsType[tape.Error](err); ok {
		return recorded
	}
	if known, ok := errors.AsType[*webapi.Error](err); ok {
		return namedError{known.Name, known}
	}
	return namedError{"Error", err}
}
