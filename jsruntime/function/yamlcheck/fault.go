package yamlcheck

import (
	"fmt"
	"strings"
)

// Fault is one thing that is wrong in a file.
type Fault struct {
	// File is the name that Decode was given.
	File string
	// Line and Column count from 1; Column counts characters.
	Line, Column int
	// Message says what is wrong and, where that is known, what to write instead.
	// It begins with the path of the key, and is one line.
	Message string
}

// String returns "file:line:column: message".
func (f Fault) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Message)
}

// Error carries every fault of a document, in the order of their place. It always
// has at least one.
type Error struct {
	Faults []Fault
}

// Error implements error: one fault a line.
func (e *Error) Error() string { return Lines(e.Faults) }

// Lines formats faults one a line, without a newline at the end.
func Lines(faults []Fault) string {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// longestMessage bounds a message, in characters.
const longestMessage = 400

// oneLine keeps a message on one line and readable, whatever a file put into it.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t', r == '\u2028', r == '\u2029':
			return ' '
		case r < ' ', r == 0x7f:
			return '\ufffd'
		}
		return r
	}, clip(s, longestMessage))
}

// clip cuts s after n characters.
func clip(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

// quote returns s in quotation marks for a message, cut where it is long.
func quote(s string) string { return fmt.Sprintf("%q", short(s)) }

// short cuts a value of the file for a message.
func short(s string) string { return clip(s, 60) }
