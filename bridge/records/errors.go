package records

import "errors"

var (
	// ErrNone says that there is no record of what was asked for.
	ErrNone = errors.New("records: no run of it is recorded")
	// ErrSeveral says that runs of several functions are recorded.
	ErrSeveral = errors.New("records: runs of several functions are recorded")
	// ErrFull says that as many records wait to be stored as may.
	ErrFull = errors.New("records: too many records wait to be stored")
	// ErrClosed says that the Keeper was closed before a record was stored.
	ErrClosed = errors.New("records: closed before the record was stored")
)
