package webapi

import (
	"errors"
	"fmt"
)

// ErrUnknownOp is wrapped by the error of an operation that this package has not.
var ErrUnknownOp = errors.New("webapi: unknown operation")

// Error is what an operation ends in where JavaScript is to see an error.
type Error struct {
	// Name is a JavaScript error class ("TypeError") or the name of a DOMException
	// ("AbortError").
	Name string
	// Message is the error's message, without its class.
	Message string
	// Err is the cause, or nil. It is not shown to functions.
	Err error
}

// Error implements error. It is the message alone, since that is what becomes the
// message in JavaScript; JSName is the class.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// JSName returns the name under which JavaScript sees the error.
func (e *Error) JSName() string { return e.Name }

func typeError(format string, args ...any) *Error {
	return &Error{Name: "TypeError", Message: fmt.Sprintf(format, args...)}
}

func rangeError(format string, args ...any) *Error {
	return &Error{Name: "RangeError", Message: fmt.Sprintf(format, args...)}
}

func unknownOp(op string) error {
	return &Error{Name: "Error", Message: fmt.Sprintf("unknown operation %q", op), Err: ErrUnknownOp}
}
