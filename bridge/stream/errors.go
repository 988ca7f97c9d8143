package stream

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalidConfig is wrapped by Config.Validate and New.
	ErrInvalidConfig = errors.New("stream: invalid configuration")
	// ErrNoStream says that the stream of a trigger does not exist.
	ErrNoStream = errors.New("stream: no such stream")
	// ErrNoJetStream says that the server has no JetStream, or this account may not use it.
	ErrNoJetStream = errors.New("stream: the NATS server has no JetStream for this user")
	// ErrNotTaken says that a member has not taken a turn on, which surely never ran there.
	ErrNotTaken = errors.New("stream: the member does not run this key now")
	// errGivenUp says that a member gave a turn up that it had begun.
	errGivenUp = errors.New("stream: the member ended while it ran the key")
	// errReconnected says that the connection was made anew: what was asked for is void.
	errReconnected = errors.New("stream: the connection was made again")
	// errNoLeases says that this member cannot hold an order.
	errNoLeases = errors.New("stream: an order needs leases, which this member has none of")
	// errSilent says that the server says nothing.
	errSilent = errors.New("stream: no word from the server about a pull request")
	// errPull is what the server refused a pull request with.
	errPull = errors.New("stream: pull refused")
	// errNoRecord says that a key holds something else than a record.
	errNoRecord = errors.New("the bucket holds no record of Isolane's there")
	// errFenced says that another member has the key, under a later lease.
	errFenced = errors.New("stream: another member has the key now")
	// errForeign says that somebody else than a holder of the lease changed a record.
	errForeign = errors.New("stream: the record was changed from outside")
	// errApplied says that another run of a message was faster.
	errApplied = errors.New("stream: the message is in the state already")
	// errGap says that a delivery was lost on its way here.
	errGap = errors.New("stream: a delivery was lost on its way; its key goes on where it was last settled")
	// errTooLarge says that a record is over what the server takes.
	errTooLarge = errors.New("too large")
)

// DrainError says that a drain ran out of time.
type DrainError struct {
	// Given is how many messages were given back to the server, which delivers them
	// again.
	Given int
	// Err is why the drain ended early.
	Err error
}

// Error implements error.
func (e *DrainError) Error() string {
	return fmt.Sprintf("stream: drain ended early, %d messages given back to their streams: %v", e.Given, e.Err)
}

// Unwrap returns the cause.
func (e *DrainError) Unwrap() error { return e.Err }
