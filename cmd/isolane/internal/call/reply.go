package call

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
)

// Reply is what came of a call.
type Reply struct {
	Outcome function.Outcome
	// Header and Body are as they came. The body of an exception is the JSON that
	// the fields below are read from.
	Header nats.Header
	Body   []byte
	// Message, Location, Stack and Invocation tell of a failure.
	Message, Location, Stack, Invocation string
	// Status is the HTTP status of a returned Response, or 0.
	Status int
	// RetryAfter is with overloaded alone.
	RetryAfter time.Duration
	// Total is the time from sending the request to having the reply.
	Total time.Duration
}

// parse reads a reply. A failure that names no outcome, or one that is not known
// (of a later version), is told from the code of the NATS services convention,
// and is an exception where that is not known either.
func parse(msg *nats.Msg) *Reply {
	r := &Reply{
		Outcome: function.OK, Header: msg.Header, Body: msg.Data,
		Message:    msg.Header.Get(bridge.HeaderError),
		Location:   msg.Header.Get(bridge.HeaderLocation),
		Invocation: msg.Header.Get(bridge.HeaderInvocation),
	}
	r.Status, _ = strconv.Atoi(msg.Header.Get(bridge.HeaderStatus))
	word, code := msg.Header.Get(bridge.HeaderOutcome), msg.Header.Get(bridge.HeaderErrorCode)
	if word == "" && code == "" {
		return r
	}
	outcome, err := function.ParseOutcome(word)
	if err != nil {
		outcome = byCode(code)
	}
	r.Outcome = outcome
	if seconds, err := strconv.Atoi(msg.Header.Get(bridge.HeaderRetryAfter)); err == nil {
		r.RetryAfter = time.Duration(seconds) * time.Second
	}
	if outcome == function.Exception {
		r.readException()
	}
	return r
}

func byCode(code string) function.Outcome {
	for _, o := range function.Outcomes() {
		if o != function.OK && strconv.Itoa(o.Code()) == code {
			return o
		}
	}
	return function.Exception
}

// readException takes the long forms out of the body; the headers' stay where it
// has none.
func (r *Reply) readException() {
	var body struct{ Message, Location, Stack string }
	if json.Unmarshal(r.Body, &body) != nil {
		return
	}
	if body.Message != "" {
		r.Message = body.Message
	}
	if body.Location != "" {
		r.Location = body.Location
	}
	r.Stack = body.Stack
}
