package function

import "fmt"

// Outcome is how an invocation ended. Every accepted invocation ends in exactly
// one. The set is closed: the same words stand in replies, metrics, logs and
// reports.
type Outcome uint8

// The outcomes. The zero value is none of them, so that a forgotten outcome shows.
const (
	// OK: the function returned and its reply was made.
	OK Outcome = iota + 1
	// BadRequest: the message breaks the contract (headers, deadline, size).
	BadRequest
	// NotFound: no function has this name.
	NotFound
	// Timeout: the wall-clock deadline passed.
	Timeout
	// TooLarge: the reply is over the server's max payload.
	TooLarge
	// Exception: the function threw or its promise was rejected.
	Exception
	// ExceededCPU: the invocation used up its CPU limit.
	ExceededCPU
	// ExceededMemory: the heap or buffer limit of the isolate was reached.
	ExceededMemory
	// Overloaded: the queue is full here and no peer has room.
	Overloaded
	// Crashed: the isolate died under the invocation while another one was the cause.
	Crashed
	// Canceled: the node drained or shut down past its grace.
	Canceled
)

var outcomes = [...]struct {
	text string
	code int
}{
	OK:             {"ok", 200},
	BadRequest:     {"bad-request", 400},
	NotFound:       {"not-found", 404},
	Timeout:        {"timeout", 408},
	TooLarge:       {"too-large", 413},
	Exception:      {"exception", 500},
	ExceededCPU:    {"exceeded-cpu", 504},
	ExceededMemory: {"exceeded-memory", 507},
	Overloaded:     {"overloaded", 503},
	Crashed:        {"crashed", 502},
	Canceled:       {"canceled", 499},
}

// Outcomes returns every outcome, in the order of their declaration.
func Outcomes() []Outcome {
	all := make([]Outcome, 0, len(outcomes)-1)
	for o := OK; int(o) < len(outcomes); o++ {
		all = append(all, o)
	}
	return all
}

// Valid reports whether o is one of the closed set.
func (o Outcome) Valid() bool { return o >= OK && int(o) < len(outcomes) }

// String returns the outcome's word as it stands in headers, metrics and logs.
func (o Outcome) String() string {
	if !o.Valid() {
		return fmt.Sprintf("outcome(%d)", uint8(o))
	}
	return outcomes[o].text
}

// Code returns the number that travels in Nats-Service-Error-Code; 200 for OK,
// which travels in no header, and 0 for a value outside the set.
func (o Outcome) Code() int {
	if !o.Valid() {
		return 0
	}
	return outcomes[o].code
}

// ParseOutcome is the inverse of Outcome.String.
func ParseOutcome(s string) (Outcome, error) {
	for _, o := range Outcomes() {
		if outcomes[o].text == s {
			return o, nil
		}
	}
	return 0, fmt.Errorf("function: %q is no outcome", s)
}

// MarshalText implements encoding.TextMarshaler.
func (o Outcome) MarshalText() ([]byte, error) {
	if !o.Valid() {
		return nil, fmt.Errorf("function: %s is no outcome", o)
	}
	return []byte(outcomes[o].text), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Outcome) UnmarshalText(text []byte) error {
	parsed, err := ParseOutcome(string(text))
	if err != nil {
		return err
	}
	*o = parsed
	return nil
}
