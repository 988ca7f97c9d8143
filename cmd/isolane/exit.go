package main

import (
	"context"
	"errors"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/call"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// The exit statuses. Those of invoke follow the outcome; 130 and 143 are those of
// a command that SIGINT or SIGTERM ended before it was done.
const (
	exitOK             = 0
	exitFailure        = 1 // anything that has no status of its own
	exitUsage          = 2 // unknown command or flag, bad argument, bad configuration
	exitBadRequest     = 10
	exitNotFound       = 11
	exitTimeout        = 12
	exitTooLarge       = 13
	exitException      = 14
	exitExceededCPU    = 15
	exitExceededMemory = 16
	exitOverloaded     = 17
	exitCrashed        = 18
	exitCanceled       = 19
	exitNoNode         = 20 // no node listens
	exitNoConnection   = 21 // no NATS server, or it refuses us
	exitConflict       = 22 // somebody else changed a function at the same time
	exitNotServed      = 23 // a node does not serve what was deployed
)

// exitHelp is for the help of commands.
const exitHelp = `Exit status:
   0 ok              14 exception         20 no node listens
   2 usage           15 exceeded-cpu      21 cannot connect
  10 bad-request     16 exceeded-memory    1 anything else
  11 not-found       17 overloaded
  12 timeout         18 crashed
  13 too-large       19 canceled`

// outcomeStatus is the exit status of an outcome.
func outcomeStatus(o function.Outcome) int {
	switch o {
	case function.OK:
		return exitOK
	case function.BadRequest:
		return exitBadRequest
	case function.NotFound:
		return exitNotFound
	case function.Timeout:
		return exitTimeout
	case function.TooLarge:
		return exitTooLarge
	case function.Exception:
		return exitException
	case function.ExceededCPU:
		return exitExceededCPU
	case function.ExceededMemory:
		return exitExceededMemory
	case function.Overloaded:
		return exitOverloaded
	case function.Crashed:
		return exitCrashed
	case function.Canceled:
		return exitCanceled
	}
	return exitFailure
}

// outcomeError ends invoke with the status of an outcome; all has been said.
type outcomeError struct{ outcome function.Outcome }

// Error implements error.
func (e *outcomeError) Error() string { return "the outcome is " + e.outcome.String() }

// reportedError is an error that was printed where it came up.
type reportedError struct{ err error }

// Error implements error.
func (e *reportedError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *reportedError) Unwrap() error { return e.err }

// usageError is a command line that was not understood.
type usageError struct{ err error }

// Error implements error.
func (e *usageError) Error() string { return e.err.Error() + "; see isolane --help" }

// Unwrap returns the cause.
func (e *usageError) Unwrap() error { return e.err }

// complaint is what to print of an error, or "" where all has been said.
func complaint(err error) string {
	var outcome *outcomeError
	var signal *signalError
	var reported *reportedError
	if err == nil || errors.As(err, &outcome) || errors.As(err, &signal) || errors.As(err, &reported) {
		return ""
	}
	return err.Error()
}

// exitStatus is the process's status for what a command returned.
func exitStatus(ctx context.Context, err error) int {
	var usage *usageError
	var outcome *outcomeError
	var conflict *funcstore.ConflictError
	var signal *signalError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage), errors.Is(err, config.ErrInvalid):
		return exitUsage
	case errors.As(err, &outcome):
		return outcomeStatus(outcome.outcome)
	case errors.As(err, &signal), errors.As(context.Cause(ctx), &signal):
		return signal.status()
	case errors.As(err, &conflict):
		return exitConflict
	case errors.Is(err, errNotServed):
		return exitNotServed
	case errors.Is(err, call.ErrNoNode), errors.Is(err, admin.ErrNoNode):
		return exitNoNode
	case errors.Is(err, bridge.ErrConnect):
		return exitNoConnection
	}
	return exitFailure
}
