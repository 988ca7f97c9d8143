package call

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// headerSign is of what is said before the answer: a Sign.
const headerSign = "Isolane-Call"

// Sign is a word about a call that is not answered by it.
type Sign string

const (
	// None says that it is the answer.
	None Sign = ""
	// Waiting says that the call is with the holder of its key, and waits or runs.
	Waiting Sign = "waiting"
	// Moved says that who got it has the key no more, and has not run it.
	Moved Sign = "moved"
	// Crossed says that who runs of the key waits for the caller itself, and it was not run.
	Crossed Sign = "crossed"
	// Applied says that it is in the state of its key, with an answer that is not known any more.
	Applied Sign = "applied"
	// Forgotten says that it may be in the state of its key, which has forgotten so many calls
	// that nobody can tell, and that it was not applied now.
	Forgotten Sign = "forgotten"
	// Nobody says that nobody has the key now. It is the server's word.
	Nobody Sign = "nobody"
)

// Word is a message that says s.
func Word(s Sign) *nats.Msg {
	return &nats.Msg{Header: nats.Header{headerSign: {string(s)}}}
}

// The bounds of what is told of a failure, in bytes.
const (
	maxMessage = 16 << 10
	maxStack   = 48 << 10
)

// failure is the body of the answer to a call that failed.
type failure struct {
	Message string  `json:"message"`
	Thrown  *thrown `json:"thrown,omitempty"`
	Stack   string  `json:"stack,omitempty"`
}

type thrown struct {
	Name    string          `json:"name"`
	Message string          `json:"message"`
	Code    json.RawMessage `json:"code,omitempty"`
}

// Fits says that what inv came to is too large for an answer of so many bytes; nil where it is
// not, or no Result at all.
func Fits(inv *function.Invocation, res *function.Result, most int64) *function.Result {
	if res.Outcome != function.OK {
		return nil
	}
	if size := int64(len(res.Body)) + headerRoom; size > most {
		return function.Failure(function.TooLarge, fmt.Sprintf(
			"what %s returned is %d bytes with its headers, over the server's max payload of %d: return less, or raise the server's max_payload",
			inv.Keyed.Method, size, most))
	}
	return nil
}

// headerRoom is more than the headers of an answer take.
const headerRoom = 2 << 10

// Reply is the answer to inv, of at most so many bytes.
func Reply(inv *function.Invocation, res *function.Result, most int64) *nats.Msg {
	if large := Fits(inv, res, most); large != nil {
		large.Receipt = res.Receipt
		res = large
	}
	msg := &nats.Msg{Header: nats.Header{
		bridge.HeaderOutcome: {res.Outcome.String()},
		receipt.Header:       {receipt.Format(res.Receipt, inv.TraceID())},
	}}
	if res.Outcome == function.OK {
		msg.Data = res.Body
		return msg
	}
	text := bridge.OneLine(res.Message, 512)
	if text == "" {
		text = res.Outcome.String()
	}
	msg.Header[bridge.HeaderErrorCode] = []string{strconv.Itoa(res.Outcome.Code())}
	msg.Header[bridge.HeaderError] = []string{text}
	if inv.ID != "" {
		msg.Header[bridge.HeaderInvocation] = []string{inv.ID}
	}
	f := failure{Message: bridge.Shorten(res.Message, maxMessage), Stack: bridge.Shorten(res.Stack, maxStack)}
	if t := res.Thrown; t != nil {
		f.Thrown = &thrown{Name: bridge.Shorten(t.Name, 256), Message: bridge.Shorten(t.Message, maxMessage)}
		if json.Valid([]byte(t.Code)) {
			f.Thrown.Code = json.RawMessage(t.Code)
		}
	}
	body, err := json.Marshal(f)
	if err == nil && int64(len(body))+headerRoom <= most {
		msg.Data = body
	}
	return msg
}

// ErrUnreadable is wrapped by the errors of ReadReply.
var ErrUnreadable = errors.New("call: the answer cannot be read")

// ReadReply reads what came for a call: an answer, or a sign.
func ReadReply(msg *nats.Msg) (hostcap.Answer, Sign, error) {
	h := function.Header(msg.Header)
	if h.Get("Status") == "503" && len(msg.Data) == 0 {
		return hostcap.Answer{}, Nobody, nil
	}
	switch s := Sign(h.Get(headerSign)); s {
	case None:
	case Waiting, Moved, Crossed, Applied, Forgotten:
		return hostcap.Answer{}, s, nil
	case Nobody:
		return hostcap.Answer{}, None, fmt.Errorf("%w: the sign %.32q", ErrUnreadable, s)
	default:
		return hostcap.Answer{}, None, fmt.Errorf("%w: the sign %.32q", ErrUnreadable, s)
	}
	outcome, err := function.ParseOutcome(h.Get(bridge.HeaderOutcome))
	if err != nil {
		return hostcap.Answer{}, None, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	answer := hostcap.Answer{Outcome: outcome}
	if outcome == function.OK {
		if len(msg.Data) > 0 && !json.Valid(msg.Data) {
			return hostcap.Answer{}, None, fmt.Errorf("%w: it is no JSON", ErrUnreadable)
		}
		answer.Value = msg.Data
		return answer, None, nil
	}
	answer.Message = h.Get(bridge.HeaderError)
	var f failure
	if err := json.Unmarshal(msg.Data, &f); err != nil {
		return answer, None, nil //nolint:nilerr // it did not fit: the header has to do
	}
	if f.Message != "" {
		answer.Message = f.Message
	}
	answer.Stack = f.Stack
	if t := f.Thrown; t != nil {
		answer.Thrown = &function.Thrown{Name: t.Name, Message: t.Message}
		if scalar(t.Code) {
			answer.Thrown.Code = string(t.Code)
		}
	}
	return answer, None, nil
}

// scalar reports whether raw is a string or a number.
func scalar(raw json.RawMessage) bool {
	return len(raw) > 0 && (raw[0] == '"' || raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
}
