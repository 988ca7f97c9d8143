package config

import (
	"errors"
	"strings"
)

// ErrInvalid is wrapped by an Error.
var ErrInvalid = errors.New("invalid configuration")

// Fault is one thing that is wrong.
type Fault struct {
	// Keys are what it concerns, the one to change first; empty for a fault of a
	// file as a whole.
	Keys []string
	// Place is where the value came from: file:line:column, a variable, a flag.
	// Empty for a fault that Validate found and Load has not placed yet.
	Place string
	// Message is one line: what is wrong, and what to write instead.
	Message string
}

// String returns "place: key: message", without what is not known.
func (f Fault) String() string {
	parts := make([]string, 0, 3)
	if f.Place != "" {
		parts = append(parts, f.Place)
	}
	if len(f.Keys) > 0 {
		parts = append(parts, f.Keys[0])
	}
	return strings.Join(append(parts, f.Message), ": ")
}

// Error carries every fault of a configuration, at least one. It wraps ErrInvalid.
type Error struct {
	Faults []Fault
}

// Error implements error: a heading, and one fault a line.
func (e *Error) Error() string {
	lines := make([]string, 0, len(e.Faults)+1)
	lines = append(lines, ErrInvalid.Error()+":")
	for _, f := range e.Faults {
		lines = append(lines, "  "+f.String())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns ErrInvalid.
func (e *Error) Unwrap() error { return ErrInvalid }

// asError is nil for no faults.
func asError(faults []Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return &Error{Faults: faults}
}
