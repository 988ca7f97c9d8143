package deadletter

import (
	"fmt"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// Letter is a message that was given up, and why.
type Letter struct {
	// Number is its sequence in the box; 0 before it is put in.
	Number uint64 `json:"number"`
	// Filed is when it was put in; zero before.
	Filed time.Time `json:"filed"`
	// Box is the subject that it is filed under.
	Box string `json:"box"`

	// Function and Version are what was to run it.
	Function string `json:"function"`
	Version  string `json:"version,omitempty"`
	// Outcome is how its last run ended.
	Outcome function.Outcome `json:"outcome"`
	// Error is that in one line, Location and Stack where it was an exception.
	Error    string `json:"error,omitempty"`
	Location string `json:"location,omitempty"`
	Stack    string `json:"stack,omitempty"`
	// Reason is why it was not to be run again.
	Reason string `json:"reason"`
	// Attempts is how often it was delivered.
	Attempts int `json:"attempts"`
	// Invocation is the id of its runs.
	Invocation string `json:"invocation"`
	// Node is the member that gave it up.
	Node string `json:"node,omitempty"`

	// Receipt is what its last run used and where; the zero value with Runtime -1 where it
	// was not run by the member that gave it up. Trace is the id of the trace that the delivery
	// is part of, "" where none is recorded.
	Receipt function.Receipt `json:"receipt"`
	Trace   string           `json:"trace,omitempty"`

	// Record is the message whose last run is recorded, as STREAM:SEQUENCE for isolane replay, or,
	// of an alarm, the id of its invocation; "" where it is not.
	Record string `json:"record,omitempty"`

	// Stream, Sequence and Stored say where it was, and since when.
	Stream   string    `json:"stream"`
	Sequence uint64    `json:"sequence"`
	Stored   time.Time `json:"stored"`
	// Subject, Header and Payload are the message as it was.
	Subject string          `json:"subject"`
	Header  function.Header `json:"header,omitempty"`
	Payload []byte          `json:"payload"`
}

// ID is the letter's message id: the same for each try to file it.
func (l *Letter) ID() string {
	return fmt.Sprintf("dlq.%s.%d.%d.%s", l.Stream, l.Sequence, l.Stored.UnixNano(), l.Function)
}
