package function

import (
	"fmt"
	"slices"
)

// Thrown is what a function threw, as far as another one may be told of it.
type Thrown struct {
	// Name is the class of the error, "" where none was thrown; Message is without it.
	Name, Message string
	// Code is the error's own code as JSON, a string or a number; "" for none.
	Code string
}

// AllowsCall reports whether ctx.call may call methods of the function: permissions.calls
// names it.
func (p Permissions) AllowsCall(name string) bool {
	return slices.Contains(p.Calls, name)
}

// CallHint returns the line of a manifest that grants calls of the function; "" where none can,
// as it is no function's name.
func CallHint(name string) string {
	if ValidateName(name) != nil {
		return ""
	}
	return fmt.Sprintf("permissions: { calls: [%s] }", name)
}

// MaxMethod is the longest name of a method that is called, in bytes.
const MaxMethod = 128

// MethodFault says why text is no name of a method that can be called, or "".
func MethodFault(text string) string {
	switch {
	case text == "":
		return "is empty"
	case len(text) > MaxMethod:
		return fmt.Sprintf("is over %d bytes", MaxMethod)
	case slices.Contains([]string{"constructor", "message", "alarm", "batch"}, text) || text[0] == '_' || text[0] == '#':
		return "is not called by others, as constructor, message, alarm, batch and what begins with _ are not"
	}
	for i, r := range text {
		letter := r == '$' || r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80 && r != '\ufffd' && r != '\u2028' && r != '\u2029'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return "is no name: letters, digits, $ and _, not beginning with a digit"
		}
	}
	return ""
}

// KeyFault says why text is no key of a keyed function, or "": it must be one word of a
// subject.
func KeyFault(text string) string {
	const longest = 256
	if len(text) > longest {
		return fmt.Sprintf("is over %d bytes", longest)
	}
	if fault := SubjectFault(text); fault != "" {
		return fault
	}
	if slices.Contains([]byte(text), '.') {
		return "has a point: a key is one word of a subject"
	}
	return ""
}
