package tape

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/isolane/isolane/jsruntime/function"
)

// Format is what Encode writes.
const Format = 1

// MaxSize is the largest record that Decode takes and Finish makes, in bytes. It is less than
// what a NATS server takes where it is told nothing.
const MaxSize = 768 << 10

// ErrMalformed is wrapped by the errors of Decode.
var ErrMalformed = errors.New("tape: not a record of this version of Isolane")

// Error is an error that was recorded: a name, a newline, and a message.
type Error string

// Error implements error.
func (e Error) Error() string { return string(e) }

// Kind says what an Entry is.
type Kind string

// The kinds.
const (
	// Start: the function began operation N, an Op, with what it Asked.
	Start Kind = "start"
	// End: operation N ended with Text and Bytes, or with the error Text.
	End Kind = "end"
	// Call: the host answered at once, to an Op.
	Call Kind = "call"
	// Log: a line of console output; Op is its level.
	Log Kind = "log"
	// Deadline: the time was up.
	Deadline Kind = "deadline"
)

// Entry is one thing that happened.
type Entry struct {
	Kind Kind `json:"k"`
	// N numbers the operations of the invocation, from 1.
	N  int    `json:"n,omitempty"`
	Op string `json:"op,omitempty"`
	// Asked and Sent are what the function gave, Text and Bytes what it was given.
	Asked string `json:"a,omitempty"`
	Sent  []byte `json:"s,omitzero"`
	Text  string `json:"t,omitempty"`
	Bytes []byte `json:"b,omitzero"`
	// Err says that Text is an error: its name, a newline, and its message.
	Err bool `json:"e,omitempty"`
	// Load says that it was while the module was loaded.
	Load bool `json:"l,omitempty"`
	// Live says that it is computed again, and nothing of it is kept.
	Live bool `json:"x,omitempty"`
}

// Tape is a record.
type Tape struct {
	Format int `json:"format"`
	// Function, Version and Engine are what ran.
	Function string `json:"function"`
	Version  string `json:"version"`
	Engine   string `json:"engine"`
	// Invocation, Subject, Header and Attempt are the message's. Its payload is not here, but
	// where Method is set: nothing else has the arguments of a call.
	Invocation string          `json:"invocation"`
	Subject    string          `json:"subject"`
	Header     function.Header `json:"header,omitempty"`
	Attempt    int             `json:"attempt"`
	Payload    []byte          `json:"payload,omitzero"`
	// Left says that there was no room for Payload.
	Left bool `json:"left,omitempty"`
	// Key is that of a keyed function, Due says that it was the key's alarm, and Method names the
	// method that was called; "" for a message.
	Key    string `json:"key,omitempty"`
	Due    bool   `json:"due,omitempty"`
	Method string `json:"method,omitempty"`
	// Batch are the messages, where several were run together; Subject and Header are empty then.
	Batch []Message `json:"batch,omitempty"`
	// Deadline is when it had to have ended, in milliseconds since 1970.
	Deadline float64 `json:"deadline"`
	// MaxPayload is the largest message that could be sent, in bytes; 0 where nobody knew.
	MaxPayload int64 `json:"max_payload,omitempty"`
	// Entries are in the order of what happened. Cut says that more did.
	Entries []Entry `json:"entries"`
	Cut     bool    `json:"cut,omitempty"`

	// Outcome, Message, Location and Stack are how it ended, Body what it returned, State
	// what it made of its key's state, and Alarm of its alarm.
	Outcome  function.Outcome `json:"outcome"`
	Message  string           `json:"message,omitempty"`
	Location string           `json:"location,omitempty"`
	Stack    string           `json:"stack,omitempty"`
	Body     []byte           `json:"body,omitzero"`
	State    []byte           `json:"state,omitzero"`
	// Stated tells a state that it took away from one that it left.
	Stated  bool                  `json:"stated,omitempty"`
	Alarm   *function.AlarmChange `json:"alarm,omitempty"`
	Receipt function.Receipt      `json:"receipt"`
	// Verdicts are what it said of messages, by their places.
	Verdicts []function.Verdict `json:"verdicts,omitempty"`
}

// Encode writes t.
func (t *Tape) Encode() ([]byte, error) {
	t.Format = Format
	data, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("tape: encode: %w", err)
	}
	return data, nil
}

// Decode is the inverse. The error wraps ErrMalformed.
func Decode(data []byte) (*Tape, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(data), MaxSize)
	}
	var t Tape
	if err := json.Unmarshal(data, &t); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if t.Format != Format {
		return nil, fmt.Errorf("%w: format %d, and this one is %d", ErrMalformed, t.Format, Format)
	}
	if !t.Outcome.Valid() {
		return nil, fmt.Errorf("%w: it has no outcome", ErrMalformed)
	}
	if err := t.sound(); err != nil {
		return nil, err
	}
	if err := t.ordered(); err != nil {
		return nil, err
	}
	return &t, nil
}

// sound checks that it is of a message, a batch, an alarm or a call, and of one of them.
func (t *Tape) sound() error {
	kinds := 0
	for _, is := range []bool{len(t.Batch) > 0, t.Due, t.Method != ""} {
		if is {
			kinds++
		}
	}
	switch {
	case kinds > 1:
		return fmt.Errorf("%w: it is of more than one of a batch, an alarm and a call", ErrMalformed)
	case t.Key == "" && (t.Due || t.Method != ""):
		return fmt.Errorf("%w: it is of an alarm or a call, and names no key", ErrMalformed)
	case len(t.Batch) > function.MaxBatch:
		return fmt.Errorf("%w: a batch of %d messages, at most %d", ErrMalformed, len(t.Batch), function.MaxBatch)
	}
	return nil
}

// ordered checks that operations begin in the order of their numbers, and end once, after that.
func (t *Tape) ordered() error {
	var began []bool // true: it ended, too
	for i, e := range t.Entries {
		ok := false
		switch e.Kind {
		case Start:
			ok = e.N == len(began)+1 && e.Op != ""
			began = append(began, false)
		case End:
			if ok = e.N >= 1 && e.N <= len(began) && !began[e.N-1]; ok {
				began[e.N-1] = true
			}
		case Call:
			ok = e.Op != ""
		case Log, Deadline:
			ok = true
		}
		if !ok {
			return fmt.Errorf("%w: entry %d, a %q, is out of place", ErrMalformed, i+1, e.Kind)
		}
	}
	return nil
}

// Console returns the lines that were printed, each with its level before it.
func (t *Tape) Console() []string {
	var lines []string
	for _, e := range t.Entries {
		if e.Kind == Log {
			lines = append(lines, e.Op+" "+e.Text)
		}
	}
	return lines
}
