package hostnats

import (
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// message makes what is sent of m: the function's headers, and ours. The kind of sending and
// its ordinal tell the invocation that it may begin elsewhere from every other one, in the
// same way in each attempt.
func (h *Host) message(op string, from hostcap.Caller, m hostcap.Message, kind function.Sending, ordinal int) (*nats.Msg, error) {
	hops := bridge.Hops(from.Header) + 1
	if m.Later.Slow() {
		hops = 1
	}
	if err := h.hop(op, from, hops); err != nil {
		return nil, err
	}
	header := make(nats.Header, len(m.Header)+4)
	for name, values := range m.Header {
		for _, value := range values {
			if fault := bridge.HeaderFault(name, value); fault != "" {
				return nil, hostcap.Errorf(hostcap.Invalid, "%s: the header %.64q %s", op, name, fault)
			}
			header[name] = append(header[name], value)
		}
	}
	bridge.PassTrace(header, from.Trace, from.Header)
	header[bridge.HeaderHops] = []string{strconv.Itoa(hops)}
	if kind == function.SentRequest {
		waited(header, from)
	}
	header[bridge.HeaderInvocation] = []string{function.ChildID(from.Invocation, kind, ordinal)}
	msg := &nats.Msg{Subject: m.Subject, Header: header, Data: m.Data}
	if kind == function.SentPublish {
		if m.ID == "" {
			m.ID = messageID(from, ordinal)
		} else if fault := bridge.HeaderFault("id", m.ID); fault != "" {
			return nil, hostcap.Errorf(hostcap.Invalid, "%s: msgId %s", op, fault)
		}
		header[jetstream.MsgIDHeader] = []string{m.ID}
	}
	sized := nats.Msg{Header: header, Data: m.Data}
	if size, limit := int64(sized.Size()), h.conn.MaxPayload(); size > limit {
		return nil, hostcap.Errorf(hostcap.TooLarge, "%s: %d bytes with the headers are more than the server takes, %d (its max_payload): send less, or in parts", op, size, limit)
	}
	return msg, nil
}

// hop refuses what would be one call too many.
func (h *Host) hop(op string, from hostcap.Caller, hops int) error {
	if hops <= h.cfg.MaxHops {
		return nil
	}
	return hostcap.Errorf(hostcap.Loop,
		"%s: %d calls of functions by functions led here%s, and no more are made: does a function call itself? If so many are meant, raise runtimes.maxHops", op, h.cfg.MaxHops, ledBy(from))
}

// callersOf names who waits for what from asks for: those who wait for from, and it.
func callersOf(from hostcap.Caller) string {
	return bridge.Callers(from.Header, bridge.Identity(from.Function, from.Key))
}

// sinceOf is the zero time where from makes what it asks for for the first time; else nobody who
// asked for the same did so before.
func sinceOf(from hostcap.Caller) time.Time {
	since := bridge.Since(from.Header)
	if since.IsZero() || !from.Since.IsZero() && from.Since.Before(since) {
		since = from.Since
	}
	return since
}

// waited notes in header who waits for the answer: all of callersOf, and the last of them that
// is a key's turn; and whether they may have asked before.
func waited(header nats.Header, from hostcap.Caller) {
	header[bridge.HeaderCallers] = []string{callersOf(from)}
	turn := from.Invocation
	if from.Key == "" {
		turn = from.Header.Get(bridge.HeaderTurn)
	}
	if turn != "" {
		header[bridge.HeaderTurn] = []string{turn}
	}
	if since := sinceOf(from); !since.IsZero() {
		header[bridge.HeaderSince] = []string{bridge.FormatSince(since)}
	}
}

// shownCallers is how many callers an error names, the last ones.
const shownCallers = 4

// ledBy names the last of those that wait for from, and it, for an error; "" where it alone
// is known.
func ledBy(from hostcap.Caller) string {
	callers := strings.Split(callersOf(from), ",")
	if len(callers) == 1 {
		return ""
	}
	if len(callers) > shownCallers {
		callers = append([]string{"..."}, callers[len(callers)-shownCallers:]...)
	}
	return " (" + bridge.OneLine(strings.Join(callers, " > "), 300) + ")"
}

// messageID tells a published message from every other one. Two functions may run for the
// same invocation id (both consume one stream, or the caller chose it), so the function is
// part of it.
func messageID(from hostcap.Caller, ordinal int) string {
	return from.Invocation + "/" + from.Function + "/" + strconv.Itoa(ordinal)
}

// timeoutHeader says how long we wait, as far as that is known.
func timeoutHeader(header nats.Header, deadline time.Time, wait time.Duration) {
	left := time.Until(deadline)
	switch {
	case deadline.IsZero() && wait <= 0:
		return
	case deadline.IsZero(), wait > 0 && wait < left:
		left = wait
	}
	header[bridge.HeaderTimeout] = []string{max(left, time.Millisecond).Round(time.Millisecond).String()}
}

// headerOf is what a reply came with; its values are ours, since nats.go makes them anew.
func headerOf(h nats.Header) function.Header {
	if len(h) == 0 {
		return nil
	}
	return function.Header(h)
}
