package actors

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrClosed is returned by the methods of a Pool after Close.
	ErrClosed = errors.New("actors: pool is closed")
	// ErrConfig is wrapped by every fault that Config.Validate reports.
	ErrConfig = errors.New("actors: configuration")
	// ErrNoRuntime is wrapped by the error of Start when not one isolate could be made.
	ErrNoRuntime = errors.New("actors: no runtime could be started")
)

// DedicatedError refuses to deploy a function that asks for an isolate of its own
// where Config.MaxDedicated functions have one. The version before goes on serving.
type DedicatedError struct {
	// Function is the one that was refused.
	Function string
	// Limit is Config.MaxDedicated.
	Limit int
	// Holders are the functions that have an isolate of their own, sorted.
	Holders []string
}

// Error implements error; it says what to do.
func (e *DedicatedError) Error() string {
	if e.Limit == 0 {
		return fmt.Sprintf("actors: function %s asks for an isolate of its own, and this node gives none: take dedicated: true out of its manifest", e.Function)
	}
	return fmt.Sprintf("actors: function %s asks for an isolate of its own, and all %d of this node are taken, by %s: take dedicated: true out of its manifest, or remove one of these functions",
		e.Function, e.Limit, strings.Join(e.Holders, ", "))
}

// LostError says that a runtime actor lost its isolate, or could not make one. It is
// what the actor panics with, for the supervisor to restart it.
type LostError struct {
	// Runtime is the number of the runtime.
	Runtime int
	// Creating reports that there was no isolate yet: the factory failed.
	Creating bool
	// Cause is a *jsruntime.CondemnedError, a *PanicError, or what the factory said.
	Cause error
}

// Error implements error.
func (e *LostError) Error() string {
	if e.Creating {
		return fmt.Sprintf("actors: runtime-%d: creating the isolate: %v", e.Runtime, e.Cause)
	}
	return fmt.Sprintf("actors: runtime-%d: isolate lost: %v", e.Runtime, e.Cause)
}

// Unwrap returns the cause.
func (e *LostError) Unwrap() error { return e.Cause }

// PanicError is a Go panic inside a runtime, recovered at the actor's border.
type PanicError struct {
	// Value is what was panicked with.
	Value any
	// Stack is the goroutine's stack at the panic.
	Stack string
}

// Error implements error; the stack is left to the log.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }
