package records

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// Kind says what was run.
type Kind string

// The kinds.
const (
	// Message is one message of a stream, Batch several of them in one call.
	Message Kind = "message"
	Batch   Kind = "batch"
	// Alarm is that of a key, Call the call of a key's method.
	Alarm Kind = "alarm"
	Call  Kind = "call"
)

// Kinds are all of them.
func Kinds() []Kind { return []Kind{Message, Batch, Alarm, Call} }

func (k Kind) valid() bool {
	switch k {
	case Message, Batch, Alarm, Call:
		return true
	}
	return false
}

// Run says which run a record is of.
type Run struct {
	Kind Kind `json:"kind"`
	// Function and Version are what ran, Invocation is the id.
	Function   string `json:"function"`
	Version    string `json:"version,omitempty"`
	Invocation string `json:"invocation"`
	// Stream and Places are where the messages are; of an alarm and a call there are none.
	Stream string `json:"stream,omitempty"`
	Places Places `json:"places,omitempty"`
	// Key is the key of a keyed function, Method what was called of it.
	Key    string `json:"key,omitempty"`
	Method string `json:"method,omitempty"`
	// Outcome is how it ended, Attempt which one of the runs it was, from 1.
	Outcome function.Outcome `json:"outcome"`
	Attempt int              `json:"attempt"`

	// At is when the record was stored, Bytes its size; set by Find. Who stores one leaves them.
	At    time.Time `json:"at,omitzero"`
	Bytes int       `json:"bytes,omitempty"`
	// place is its key in the bucket.
	place string
}

// What names r for people: ORDERS:812, the key of an alarm, the key and the method of a call.
func (r Run) What() string {
	switch r.Kind {
	case Alarm:
		return "alarm of " + r.Key
	case Call:
		return r.Key + "." + r.Method
	case Message, Batch:
	}
	return r.Stream + ":" + r.Places.String()
}

// headerRun is the header of a record that has its Run, as JSON: so those can be listed that
// nobody has read.
const headerRun = "Isolane-Run"

// header is what the record of r is stored with.
func (r Run) header() (map[string][]string, error) {
	r.At, r.Bytes = time.Time{}, 0
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("records: encode what a record is of: %w", err)
	}
	return map[string][]string{headerRun: {string(text)}}, nil
}

// readRun is the inverse; ok says that it is one.
func readRun(header map[string][]string) (r Run, ok bool) {
	text := header[headerRun]
	if len(text) != 1 || json.Unmarshal([]byte(text[0]), &r) != nil {
		return Run{}, false
	}
	ofMessages := r.Kind == Message || r.Kind == Batch
	if !r.Kind.valid() || function.ValidateName(r.Function) != nil || r.Invocation == "" || !r.Outcome.Valid() ||
		ofMessages != (r.Stream != "") || ofMessages != (len(r.Places) > 0) || r.Kind == Message && r.Places.Len() != 1 ||
		!ofMessages && r.Key == "" || (r.Kind == Call) != (r.Method != "") {
		return Run{}, false
	}
	r.At, r.Bytes = time.Time{}, 0
	return r, true
}

// token is text as a word of a key in the bucket, which may have characters that those may not.
func token(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:12])
}

// key is where the record is: the runs of an invocation take one another's place. Of messages it
// has the stream, which may have a name that keys may not, and of one its place there.
func (r Run) key() string {
	words := []string{string(r.Kind), r.Function, token(r.Invocation)}
	switch r.Kind {
	case Message:
		words = append(words, token(r.Stream), r.Places.String())
	case Batch:
		words = append(words, token(r.Stream))
	case Alarm, Call:
	}
	return strings.Join(words, ".")
}
