package deadletter

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/jsruntime/function"
)

// The headers of a letter, besides bridge.HeaderOutcome, HeaderLocation and
// HeaderInvocation. Control characters in their values are escaped as in Go.
const (
	headerFunction = "Isolane-Function"
	headerVersion  = "Isolane-Version"
	headerError    = "Isolane-Error"
	headerStack    = "Isolane-Stack"
	headerReason   = "Isolane-Reason"
	headerAttempts = "Isolane-Attempts"
	headerNode     = "Isolane-Node"
	headerStream   = "Isolane-Stream"
	headerSequence = "Isolane-Sequence"
	headerStored   = "Isolane-Stored"
	headerSubject  = "Isolane-Subject"
	headerRecord   = "Isolane-Record"
	// headerKept stands before the name of a header that would mean something here:
	// ours, and those that JetStream acts on, as Nats-Msg-Id and Nats-TTL.
	headerKept = "Isolane-Kept-"
)

const (
	maxStack = 16 << 10
	maxError = 4 << 10
)

// Message makes the letter a message of at most maxPayload bytes, headers included.
// What does not fit is left out, the stack first, then the error's length; the payload
// and its headers never. The error wraps ErrTooLarge.
func (l *Letter) Message(maxPayload int64) (*nats.Msg, error) {
	msg := &nats.Msg{Subject: l.Box, Header: nats.Header{}, Data: l.Payload}
	for name, values := range l.Header {
		if special(name) {
			name = headerKept + name
		}
		msg.Header[name] = slices.Clone(values)
	}
	set := func(name, value string) {
		if value != "" {
			msg.Header[name] = []string{escape(value)}
		}
	}
	set(nats.MsgIdHdr, l.ID())
	set(bridge.HeaderOutcome, l.Outcome.String())
	set(bridge.HeaderInvocation, l.Invocation)
	set(headerFunction, l.Function)
	set(headerVersion, l.Version)
	set(headerReason, bridge.Shorten(l.Reason, maxError))
	set(headerAttempts, strconv.Itoa(l.Attempts))
	set(headerNode, l.Node)
	set(receipt.Header, receipt.Format(l.Receipt, l.Trace))
	set(headerStream, l.Stream)
	set(headerSequence, strconv.FormatUint(l.Sequence, 10))
	set(headerStored, l.Stored.UTC().Format(time.RFC3339Nano))
	set(headerSubject, l.Subject)
	set(headerRecord, l.Record)
	set(bridge.HeaderLocation, bridge.Shorten(l.Location, maxError))
	set(headerError, bridge.Shorten(l.Error, maxError))
	set(headerStack, bridge.Shorten(l.Stack, maxStack))
	for _, optional := range []string{headerStack, bridge.HeaderLocation, headerError, headerReason, receipt.Header, headerRecord, headerVersion, headerNode} {
		if int64(msg.Size()-len(msg.Subject)) <= maxPayload {
			return msg, nil
		}
		delete(msg.Header, optional)
	}
	if size := int64(msg.Size() - len(msg.Subject)); size > maxPayload {
		return nil, fmt.Errorf("%w: %d bytes with its headers, the server's max payload is %d: raise max_payload by some KiB", ErrTooLarge, size, maxPayload)
	}
	return msg, nil
}

// special reports whether a header must not stand in the box under its own name.
func special(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "nats-") || strings.HasPrefix(lower, "isolane-") || lower == "status" || lower == "description"
}

// Read reads a letter that the box holds. The error wraps ErrForeign.
func Read(subject string, header nats.Header, payload []byte) (*Letter, error) {
	l := &Letter{Box: subject, Payload: payload}
	get := func(name string) string { return unescape(header.Get(name)) }
	var err error
	if l.Outcome, err = function.ParseOutcome(get(bridge.HeaderOutcome)); err != nil {
		return nil, fmt.Errorf("%w: %s: its outcome: %w", ErrForeign, bridge.HeaderOutcome, err)
	}
	if l.Sequence, err = strconv.ParseUint(get(headerSequence), 10, 64); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrForeign, headerSequence, err)
	}
	if l.Stored, err = time.Parse(time.RFC3339Nano, get(headerStored)); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrForeign, headerStored, err)
	}
	if l.Attempts, err = strconv.Atoi(get(headerAttempts)); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrForeign, headerAttempts, err)
	}
	l.Function, l.Version, l.Node = get(headerFunction), get(headerVersion), get(headerNode)
	l.Error, l.Location, l.Stack = get(headerError), get(bridge.HeaderLocation), get(headerStack)
	l.Reason, l.Invocation, l.Record = get(headerReason), get(bridge.HeaderInvocation), get(headerRecord)
	l.Receipt.Runtime = -1
	if text := get(receipt.Header); text != "" { // letters of older members have none
		if l.Receipt, l.Trace, err = receipt.Parse(text); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrForeign, receipt.Header, err)
		}
	}
	l.Stream, l.Subject = get(headerStream), get(headerSubject)
	if l.Function == "" || l.Stream == "" || l.Subject == "" {
		return nil, fmt.Errorf("%w: it names no function, stream or subject", ErrForeign)
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		kept, ok := strings.CutPrefix(name, headerKept)
		if !ok {
			if special(name) {
				continue
			}
			kept = name
		}
		if l.Header == nil {
			l.Header = function.Header{}
		}
		l.Header[kept] = header[name]
	}
	return l, nil
}

// escape makes text fit for a header's value: on one line, and the same when it is
// read again.
func escape(text string) string {
	quoted := strconv.Quote(strings.ToValidUTF8(text, "\uFFFD"))
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// unescape is the reverse; what was not escaped is left as it is.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	plain, err := strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
	if err != nil {
		return text
	}
	return plain
}
