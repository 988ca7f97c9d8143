package funcstore

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrInvalid is wrapped by the error of what was read and is no record.
	ErrInvalid = errors.New("funcstore: not a record of a function")
	// ErrUnchanged says that a change would change nothing.
	ErrUnchanged = errors.New("nothing would change")
	// ErrNotDeployed says that there is no such function, or none that is deployed.
	ErrNotDeployed = errors.New("the function is not deployed")
	// ErrNoVersion says that the record has no such version, or none before.
	ErrNoVersion = errors.New("there is no such version")
	// ErrSplit says that the traffic is split, and has to be settled first; or that it
	// is not, where that is needed.
	ErrSplit = errors.New("the traffic split does not allow it")
	// ErrCorrupt says that an object is not there, or not what the record says.
	ErrCorrupt = errors.New("funcstore: the object is damaged")
)

// FormatError says that a record was written by a newer version of Isolane.
type FormatError struct{ Found, Known int }

// Error implements error.
func (e *FormatError) Error() string {
	return fmt.Sprintf("the record has format %d, and this isolane knows %d at most: update isolane here", e.Found, e.Known)
}

// ConflictError says that somebody else changed the function meanwhile; nothing was
// changed.
type ConflictError struct {
	Name string
	// Theirs is the record as it is now; its zero value where it was removed, or could
	// not be read.
	Theirs Record
}

// Error implements error.
func (e *ConflictError) Error() string {
	s := "function " + e.Name + " was changed by somebody else at the same time"
	if c := e.Theirs.Changed; c.Action != "" {
		s += fmt.Sprintf(" (%s by %s at %s, version %s now)", c.Action, c.By, c.At.UTC().Format(time.RFC3339), e.Theirs.Current)
	}
	return s + ": nothing was changed by this command; look with \"isolane functions show " + e.Name + "\", and do it again where it is still right"
}
