package bridge

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/jsruntime/function"
)

// maxInvocationID is the longest id that is taken from a caller, in bytes.
const maxInvocationID = function.MaxID

// readRequest fills inv from msg, received at now. It returns nil, or the Result
// to answer with where the message breaks the contract; inv then has what could
// be read, its ID always.
//
// Payload and Header are msg's own: nats.go makes both anew for each message and
// keeps neither.
func readRequest(inv *function.Invocation, prefix string, msg *nats.Msg, now time.Time) *function.Result {
	inv.ID = invocationID(msg.Header)
	inv.Subject = msg.Subject
	inv.Payload = msg.Data
	inv.Attempt = 1
	inv.Received = now
	if len(msg.Header) > 0 {
		inv.Header = function.Header(msg.Header)
	}
	name, _, err := subject.Parse(prefix, msg.Subject)
	if err != nil {
		if errors.Is(err, function.ErrInvalidName) {
			return function.Failure(function.NotFound, err.Error())
		}
		return function.Failure(function.BadRequest, err.Error())
	}
	inv.Function = name
	if headerBroken(msg) {
		return function.Failure(function.BadRequest, "the message's header block is malformed")
	}
	if msg.Reply != "" {
		ReadCallers(inv)
	}
	return ReadDeadline(inv, now)
}

// headerBroken reports whether msg came with a header block that nats.go could
// not read. It then hands the message on without headers, tells the connection's
// error handler, and leaves one trace in the message: the bytes that are missing
// from its size.
func headerBroken(msg *nats.Msg) bool {
	return msg.Header == nil && msg.Size() > len(msg.Subject)+len(msg.Reply)+len(msg.Data)
}

// invocationID returns the caller's id where it is valid, else a new one.
func invocationID(h nats.Header) string {
	if h != nil {
		if id := function.Header(h).Get(HeaderInvocation); InvocationIDOK(id) {
			return id
		}
	}
	return nuid.Next()
}

// InvocationIDOK reports whether id may be an invocation's: 1 to 64 visible ASCII characters.
func InvocationIDOK(id string) bool {
	if id == "" || len(id) > maxInvocationID {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] >= 0x7f {
			return false
		}
	}
	return true
}

// ReadDeadline sets inv.Deadline from the earlier of its two headers. What is
// malformed is a bad request; what has passed already is a timeout, and is not run.
func ReadDeadline(inv *function.Invocation, now time.Time) *function.Result {
	if inv.Header == nil {
		return nil
	}
	if text := inv.Header.Get(HeaderDeadline); text != "" {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return function.Failure(function.BadRequest, fmt.Sprintf(
				"%s: %q is no RFC 3339 time: write 2006-01-02T15:04:05.999Z", HeaderDeadline, Shorten(text, 64)))
		}
		inv.Deadline = at
	}
	if text := inv.Header.Get(HeaderTimeout); text != "" {
		wait, err := time.ParseDuration(text)
		if err != nil {
			return function.Failure(function.BadRequest, fmt.Sprintf(
				"%s: %q is no duration: write 500ms, 2s or 1m30s", HeaderTimeout, Shorten(text, 64)))
		}
		if at := now.Add(wait); inv.Deadline.IsZero() || at.Before(inv.Deadline) {
			inv.Deadline = at
		}
	}
	if !inv.Deadline.IsZero() && !inv.Deadline.After(now) {
		return function.Failure(function.Timeout, fmt.Sprintf(
			"the deadline had passed %s before the message was taken; it was not run", now.Sub(inv.Deadline).Round(time.Microsecond)))
	}
	return nil
}
