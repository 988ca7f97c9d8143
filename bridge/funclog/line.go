package funclog

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// MaxLine is the longest line that Decode reads, in bytes of JSON. A line of console
// output has 8 KiB at most, and JSON may write each byte in six.
const MaxLine = 64 << 10

// ErrLine is wrapped by the error of what is no line.
var ErrLine = errors.New("funclog: not a line of a function")

// Line is one line that a function printed.
type Line struct {
	Time  time.Time `json:"time"`
	Level string    `json:"level"` // debug, info, warn or error
	// Function and Version say who printed it, Node and Runtime where, Invocation during
	// which call: "" while the module was loaded.
	Function   string `json:"function"`
	Version    string `json:"version,omitempty"`
	Node       string `json:"node"`
	Runtime    int    `json:"runtime"`
	Invocation string `json:"invocation,omitempty"`
	// Trace and Span are the ids of the call's run, where it is part of a trace that is
	// recorded.
	Trace string `json:"trace_id,omitempty"`
	Span  string `json:"span_id,omitempty"`
	Text  string `json:"text"`
	// Seq counts the lines of the node since it began, of all functions.
	Seq uint64 `json:"seq"`
	// Dropped is how many lines of the function were not published before this one.
	Dropped uint64 `json:"dropped,omitempty"`
}

// Decode reads a line. The error wraps ErrLine.
func Decode(data []byte) (Line, error) {
	if len(data) > MaxLine {
		return Line{}, fmt.Errorf("%w: %d bytes, the most is %d", ErrLine, len(data), MaxLine)
	}
	var l Line
	if err := json.Unmarshal(data, &l); err != nil {
		return Line{}, fmt.Errorf("%w: %w", ErrLine, err)
	}
	return l, nil
}
