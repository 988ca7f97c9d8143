package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// maxErrorHeader bounds HeaderError and HeaderLocation, in bytes.
	maxErrorHeader = 512
	// maxErrorMessage and maxErrorStack bound the fields of an exception's body,
	// so that throwing a huge string costs callers little.
	maxErrorMessage = 16 << 10
	maxErrorStack   = 48 << 10
)

// reply is a Result made ready to be published.
type reply struct {
	outcome function.Outcome
	message string
	header  nats.Header
	body    []byte
	// receipt is the value of the receipt's header, where there is no other; else "".
	receipt string
	// dropped names the function's headers that were left out.
	dropped []string
}

// size is what the server counts against its max payload, in bytes.
func (r *reply) size() int64 {
	if len(r.header) == 0 {
		return int64(len(r.body))
	}
	msg := nats.Msg{Header: r.header, Data: r.body}
	return int64(msg.Size())
}

// makeReply turns the result of inv into its reply, of at most maxPayload bytes.
// A nil result, and one without a valid outcome, is a fault of whoever ran the
// invocation and goes out as crashed. res is not changed: it may be shared.
func makeReply(inv *function.Invocation, res *function.Result, retryAfter time.Duration, maxPayload int64) reply {
	switch {
	case res == nil:
		res = function.Failure(function.Crashed, "the invocation ended without a result")
	case !res.Outcome.Valid():
		res = function.Failure(function.Crashed, "the invocation ended without an outcome")
	}
	if res.Outcome != function.OK {
		return failureReply(inv, res, retryAfter, maxPayload)
	}
	r := reply{outcome: function.OK, body: res.Body}
	if len(res.Header) > 0 {
		r.header, r.dropped = CleanHeader(res.Header)
	}
	if res.Status != 0 {
		if r.header == nil {
			r.header = make(nats.Header, 1)
		}
		r.header[HeaderStatus] = []string{strconv.Itoa(res.Status)}
	}
	if size := r.size(); size > maxPayload {
		large := function.Failure(function.TooLarge, fmt.Sprintf(
			"the reply is %d bytes with its headers, over the server's max payload of %d: return less, or raise the server's max_payload", size, maxPayload))
		dropped := r.dropped
		r = failureReply(inv, large, retryAfter, maxPayload)
		r.dropped = dropped
	}
	return r
}

// attach adds the receipt, unless the reply would become too large by it.
func (r *reply) attach(text string, maxPayload int64) {
	// To know the size of headers they are written: not done for what is surely small enough.
	if r.header == nil && int64(len(r.body)+2*len(text)+256) <= maxPayload {
		r.receipt = text
		return
	}
	if r.header == nil {
		r.header = make(nats.Header, 1)
	}
	r.header[receipt.Header] = []string{text}
	if r.size() > maxPayload {
		delete(r.header, receipt.Header)
	}
}

// failureReply tells of a failure: in headers, and for an exception in a body
// too. What does not fit is left out, the body first.
func failureReply(inv *function.Invocation, res *function.Result, retryAfter time.Duration, maxPayload int64) reply {
	text := OneLine(res.Message, maxErrorHeader)
	if text == "" {
		text = res.Outcome.String()
	}
	r := reply{outcome: res.Outcome, message: text, header: nats.Header{
		HeaderErrorCode:  {strconv.Itoa(res.Outcome.Code())},
		HeaderError:      {text},
		HeaderOutcome:    {res.Outcome.String()},
		HeaderInvocation: {inv.ID},
	}}
	if location := OneLine(res.Location, maxErrorHeader); location != "" {
		r.header[HeaderLocation] = []string{location}
	}
	if res.Outcome == function.Overloaded {
		if res.RetryAfter > 0 {
			retryAfter = res.RetryAfter
		}
		r.header[HeaderRetryAfter] = []string{ceilSeconds(retryAfter)}
	}
	if res.Outcome == function.Exception {
		r.body = exceptionBody(inv, res)
		if r.size() > maxPayload {
			r.body = nil
		}
	}
	if r.size() > maxPayload {
		delete(r.header, HeaderLocation)
		r.header[HeaderError] = []string{res.Outcome.String()}
	}
	return r
}

// exceptionBody is what a caller shows to the function's author.
func exceptionBody(inv *function.Invocation, res *function.Result) []byte {
	body := struct {
		Outcome    string `json:"outcome"`
		Code       int    `json:"code"`
		Message    string `json:"message"`
		Location   string `json:"location,omitempty"`
		Stack      string `json:"stack,omitempty"`
		Invocation string `json:"invocation"`
	}{
		Outcome:    res.Outcome.String(),
		Code:       res.Outcome.Code(),
		Message:    Shorten(res.Message, maxErrorMessage),
		Location:   Shorten(res.Location, maxErrorHeader),
		Stack:      Shorten(res.Stack, maxErrorStack),
		Invocation: inv.ID,
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // a stack has <anonymous> in it
	if err := enc.Encode(body); err != nil {
		return nil // strings and an int: cannot be
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// ceilSeconds is d in whole seconds, rounded up, 1 at least.
func ceilSeconds(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}

// joinNames is for the log: a function may give thousands of bad headers.
func joinNames(names []string) string {
	const shown = 8
	if len(names) > shown {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", len(names)-shown)
	}
	return strings.Join(names, ", ")
}
