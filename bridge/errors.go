package bridge

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalidConfig is wrapped by every Validate of this package, and by the
	// functions that call it; nothing was started.
	ErrInvalidConfig = errors.New("bridge: invalid configuration")
	// ErrClosed says that the bridge drains or has drained.
	ErrClosed = errors.New("bridge: closed")
	// ErrSubscribe says that the server did not take the subscription; the
	// bridge was stopped again.
	ErrSubscribe = errors.New("bridge: subscribe")
	// ErrConnect is wrapped by Connect's errors; no connection is open.
	ErrConnect = errors.New("bridge: connect to NATS")
	// ErrStartServer is wrapped by StartServer's errors; no server runs.
	ErrStartServer = errors.New("bridge: start the NATS server")
	// ErrPortInUse stands inside ErrStartServer: another process listens there.
	ErrPortInUse = errors.New("port is in use")
	// ErrDataDir stands inside ErrStartServer: the folder cannot be made, written
	// or locked.
	ErrDataDir = errors.New("data folder cannot be written")
	// ErrDataDirInUse stands inside ErrStartServer: another server holds the
	// folder, in this process or another.
	ErrDataDirInUse = errors.New("data folder is in use")
	// ErrNoServer stands inside ErrStartServer: the program was built with the tag
	// noserver, as the container image is.
	ErrNoServer = errors.New("no NATS server is inside this build: name one with --nats, or use the binary of make build")
)

// DrainError says that a drain ran out of time. Every accepted message was
// answered all the same: Canceled of them with the outcome canceled.
type DrainError struct {
	// Canceled is the number of messages that were answered canceled.
	Canceled int
	// Err is why the drain ended early, context.DeadlineExceeded as a rule.
	Err error
}

// Error implements error.
func (e *DrainError) Error() string {
	return fmt.Sprintf("bridge: drain ended early, %d messages answered canceled: %v", e.Canceled, e.Err)
}

// Unwrap returns the cause.
func (e *DrainError) Unwrap() error { return e.Err }
