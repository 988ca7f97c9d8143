package call

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// The headers of a call, beside those of every request (see package bridge).
const (
	// HeaderKey is the key, escaped as in a URL.
	HeaderKey = "Isolane-Key"
	// HeaderMethod is the method's name, escaped as in a URL.
	HeaderMethod = "Isolane-Method"
	// HeaderOnce tells the call from every other one to its key; without it the invocation's
	// id does.
	HeaderOnce = "Isolane-Once"
	// HeaderSent is when the call was sent, as bridge.HeaderSince has it.
	HeaderSent = "Isolane-Sent"
)

// SetAlarm is what stands for a method in a call that has the alarm of its key set, due at once. It
// is for who redrives the dead letter of an alarm; functions cannot ask for it.
const SetAlarm = "alarm"

// Message is the call c as it is sent, with header, which has what every request has.
func Message(queue string, c hostcap.Call, header nats.Header) *nats.Msg {
	header[HeaderKey] = []string{url.PathEscape(c.Key)}
	header[HeaderMethod] = []string{url.PathEscape(c.Method)}
	if c.ID != "" {
		header[HeaderOnce] = []string{c.ID}
	}
	return &nats.Msg{Subject: Subject(queue, c.Function, c.Key), Header: header, Data: c.Args}
}

// Read makes an invocation of a call of the function name, that came at now. Its Keyed has key
// and method, and no state yet. Where the message is no call, or its time is over, there is a
// Result to answer with, and the invocation is fit for Reply alone.
func Read(name string, msg *nats.Msg, now time.Time) (*function.Invocation, *function.Result) {
	h := function.Header(msg.Header)
	inv := &function.Invocation{
		ID: h.Get(bridge.HeaderInvocation), Function: name, Subject: msg.Subject, Header: h, Payload: msg.Data,
		Attempt: 1, Received: now, Patient: true, Keyed: &function.Keyed{},
	}
	refused := func(format string, args ...any) (*function.Invocation, *function.Result) {
		return inv, function.Failure(function.BadRequest, fmt.Sprintf(format, args...))
	}
	if !bridge.InvocationIDOK(inv.ID) {
		inv.ID = ""
		return refused("this is no call of a function's: it has no %s: use ctx.call", bridge.HeaderInvocation)
	}
	var err error
	if inv.Keyed.ID, err = url.PathUnescape(h.Get(HeaderKey)); err != nil {
		return refused("%s cannot be read: %v", HeaderKey, err)
	}
	if fault := function.KeyFault(inv.Keyed.ID); fault != "" {
		return refused("%s: the key %.64q %s", HeaderKey, inv.Keyed.ID, fault)
	}
	if inv.Keyed.Method, err = url.PathUnescape(h.Get(HeaderMethod)); err != nil {
		return refused("%s cannot be read: %v", HeaderMethod, err)
	}
	if fault := function.MethodFault(inv.Keyed.Method); fault != "" && inv.Keyed.Method != SetAlarm {
		return refused("%s: the method %.64q %s", HeaderMethod, inv.Keyed.Method, fault)
	}
	if len(msg.Data) > 0 && !json.Valid(msg.Data) {
		return refused("the arguments are no JSON")
	}
	bridge.ReadCallers(inv)
	if who := bridge.Identity(name, inv.Keyed.ID); bridge.WaitedFor(h.Get(bridge.HeaderCallers), who) {
		return refused("%s waits for this call itself", who)
	}
	return inv, bridge.ReadDeadline(inv, now)
}

// Sent is when a call with these headers was sent; the zero time where they do not say.
func Sent(h function.Header) time.Time { return bridge.ReadSince(h.Get(HeaderSent)) }

// Digest tells a call from every other one to its key: the same for each attempt of the one
// who calls, as long as that calls the same in the same order.
func Digest(inv *function.Invocation) string {
	once := inv.Header.Get(HeaderOnce)
	if once == "" {
		once = " " + inv.ID // no value of a header begins with a space
	}
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%s\x00%s\x00", once, inv.Keyed.Method)
	_, _ = h.Write(inv.Payload)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}
