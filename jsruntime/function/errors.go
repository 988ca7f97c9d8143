package function

import (
	"errors"
	"fmt"
)

var (
	// ErrInvalidName is wrapped by the error of ValidateName.
	ErrInvalidName = errors.New("function: invalid name")
	// ErrInvalidBytes is wrapped by the error of ParseBytes.
	ErrInvalidBytes = errors.New("not an amount of memory")
	// ErrInvalidPattern is wrapped by the error of ValidateNetPattern.
	ErrInvalidPattern = errors.New("not a host pattern")
	// ErrInvalidManifest is wrapped by the error of Manifest.Validate, and is what a
	// *ManifestError unwraps to.
	ErrInvalidManifest = errors.New("function: invalid manifest")
)

// ScriptError is what a function's own JavaScript did wrong: it threw, rejected,
// or could not be compiled. Location and Stack are source-mapped to the files
// that the author wrote.
type ScriptError struct {
	// Name is the class of the error ("TypeError"); "" where a non-error was thrown.
	Name string
	// Message is the error's message, without its class.
	Message string
	// Location is "file:line:column", or "" where it is not known.
	Location string
	// Stack is the JavaScript stack, one frame a line, or "".
	Stack string
	// Code is the error's own code as JSON, a string or a number, or ""; it is known of the
	// calls of methods alone.
	Code string
}

// Error implements error: "TypeError: message (file:line:column)".
func (e *ScriptError) Error() string {
	s := e.Message
	if e.Name != "" {
		s = e.Name + ": " + s
	}
	if e.Location != "" {
		s += " (" + e.Location + ")"
	}
	return s
}

// LimitKind names a limit.
type LimitKind string

// The limits that a LimitError can name.
const (
	LimitWall        LimitKind = "wall"
	LimitCPU         LimitKind = "cpu"
	LimitHeap        LimitKind = "heap"
	LimitBuffers     LimitKind = "buffers"
	LimitInflight    LimitKind = "inflight"
	LimitSubrequests LimitKind = "subrequests"
	LimitTimers      LimitKind = "timers"
	LimitBody        LimitKind = "body"
)

// LimitError says that a limit was reached, which, and how far.
type LimitError struct {
	Kind LimitKind
	// Limit and Used are formatted with their unit ("1s", "128 MiB").
	Limit, Used string
}

// Error implements error.
func (e *LimitError) Error() string {
	if e.Used == "" {
		return fmt.Sprintf("%s limit of %s reached", e.Kind, e.Limit)
	}
	return fmt.Sprintf("%s limit of %s reached (used %s)", e.Kind, e.Limit, e.Used)
}

// Advice says what the author of the function can do.
func (e *LimitError) Advice() string {
	switch e.Kind {
	case LimitWall:
		return "wait for less, or raise limits.wall and the caller's timeout"
	case LimitCPU:
		return "compute less in one call, or raise limits.cpu"
	case LimitHeap:
		return "keep less in memory, or raise limits.heap, with dedicated: true or isolation: isolate"
	case LimitBuffers:
		return "keep fewer buffers and WebAssembly memories, or raise limits.buffers"
	case LimitInflight:
		return "send fewer at a time, or raise limits.inflight"
	case LimitSubrequests:
		return "ask for less in one call, or raise limits.subrequests"
	case LimitTimers:
		return "clear the timers that are no longer needed, or raise limits.timers"
	case LimitBody:
		return "fetch less at a time"
	default:
		return "see the manifest's limits"
	}
}

// Message is the error and its advice, for whoever called.
func (e *LimitError) Message() string { return e.Error() + ": " + e.Advice() }
