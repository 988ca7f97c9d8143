package records

import "errors"

var (
	// ErrNone says that there is no record of a message.
	ErrNone = errors.New("records: no run of the message is recorded")
	// ErrSeveral says that runs of several functions are recorded.
	ErrSeveral = errors.New("records: runs of several functions are recorded")
)
