package deadletter

import "errors"

var (
	// ErrNoBox says that there is no stream of dead letters: nothing has failed yet.
	ErrNoBox = errors.New("deadletter: there are no dead letters yet")
	// ErrNotFound says that no letter has this number.
	ErrNotFound = errors.New("deadletter: no such letter")
	// ErrTooLarge says that a letter does not fit in a message.
	ErrTooLarge = errors.New("deadletter: too large for a message")
	// ErrForeign says that a message in the stream is no letter of ours.
	ErrForeign = errors.New("deadletter: not a dead letter of isolane")
	// ErrNoWayBack says that a letter cannot be put back where it came from.
	ErrNoWayBack = errors.New("deadletter: cannot be sent again to where it came from")
)
