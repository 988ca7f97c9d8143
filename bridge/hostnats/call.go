package hostnats

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

const opCall = "call"

// Call implements hostcap.Calls. The call goes to the member that has the key. While nobody
// has it, as between two holders, it is sent again: nobody has run it then. Once somebody may
// have, it is not.
func (h *Host) Call(ctx context.Context, from hostcap.Caller, c hostcap.Call) (answer hostcap.Answer, err error) {
	who := bridge.Identity(c.Function, c.Key)
	h.calls.begin()
	defer func() {
		h.calls.end(answer, err)
		h.failures.note(who, err)
	}()
	msg, err := h.callMessage(from, c, who)
	if err != nil {
		return hostcap.Answer{}, err
	}
	leave, err := h.enter(opCall, len(c.Args))
	if err != nil {
		return hostcap.Answer{}, err
	}
	defer leave()
	waiting, cancel := ctx, func() {}
	if c.Wait > 0 {
		waiting, cancel = context.WithTimeout(ctx, c.Wait)
	}
	defer cancel()
	defer h.waiting.begin(from.Invocation, who)()
	inbox, came, forget, err := h.answers.open(h.conn)
	if err != nil {
		return hostcap.Answer{}, h.explain(opCall, err)
	}
	defer forget()
	msg.Reply = inbox
	if took := h.cfg.CallTook; took != nil {
		defer func(began time.Time) { took(time.Since(began)) }(time.Now())
	}
	answer, err = h.converse(waiting, from, c, msg, came)
	switch {
	case err == nil:
		return typed(who, c, answer)
	case ctx.Err() != nil:
		return hostcap.Answer{}, hostcap.Errorf(hostcap.Aborted, "%s was aborted: it may run all the same", opCall)
	case errors.Is(err, context.DeadlineExceeded):
		return hostcap.Answer{}, hostcap.Errorf(hostcap.Timeout, "%s: no answer from %s.%s in time: whether it was run is not known", opCall, who, c.Method)
	default:
		return hostcap.Answer{}, h.explain(opCall, err)
	}
}

// callMessage makes what is sent, or says why it is not.
func (h *Host) callMessage(from hostcap.Caller, c hostcap.Call, who string) (*nats.Msg, error) {
	callers := callersOf(from)
	if bridge.WaitedFor(callers, who) {
		return nil, hostcap.Errorf(hostcap.Cycle, "%s: %s waits for this very call (%s): a key runs one thing at a time, and would wait for itself; answer first, and call or publish afterwards",
			opCall, who, bridge.OneLine(strings.ReplaceAll(callers+","+who, ",", " > "), 400))
	}
	hops := bridge.Hops(from.Header) + 1
	if err := h.hop(opCall, from, hops); err != nil {
		return nil, err
	}
	if c.ID != "" {
		if fault := bridge.HeaderFault("id", c.ID); fault != "" {
			return nil, hostcap.Errorf(hostcap.Invalid, "%s: callId %s", opCall, fault)
		}
	}
	header := make(nats.Header, 8)
	bridge.PassTrace(header, from.Trace, from.Header)
	header[bridge.HeaderHops] = []string{strconv.Itoa(hops)}
	waited(header, from)
	header[bridge.HeaderInvocation] = []string{function.ChildID(from.Invocation, function.SentCall, from.Call)}
	msg := call.Message(h.cfg.Queue, c, header)
	timeoutHeader(header, from.Deadline, c.Wait)
	if size, limit := int64(msg.Size()), h.conn.MaxPayload(); size > limit {
		return nil, hostcap.Errorf(hostcap.TooLarge, "%s: %d bytes with the headers are more than the server takes, %d (its max_payload): send less, or in parts", opCall, size, limit)
	}
	return msg, nil
}

// callAgain is how long to wait before a call is sent again that nobody got.
const callAgain = 50 * time.Millisecond

// converse sends msg until somebody has it, and waits for the answer as long as there is a
// word now and then.
func (h *Host) converse(ctx context.Context, from hostcap.Caller, c hostcap.Call, msg *nats.Msg, came <-chan *nats.Msg) (hostcap.Answer, error) {
	who := bridge.Identity(c.Function, c.Key)
	nobody := time.Now()
	end, bounded := ctx.Deadline()
	for wait := callAgain; ; wait = min(2*wait, 10*callAgain) {
		left := time.Duration(0)
		if bounded {
			left = time.Until(end)
		}
		timeoutHeader(msg.Header, from.Deadline, left)
		msg.Header[call.HeaderSent] = []string{bridge.FormatSince(time.Now())} // until now nobody has run it
		if err := h.conn.PublishMsg(msg); err != nil {
			return hostcap.Answer{}, err
		}
		answer, sign, err := h.listen(ctx, who, came)
		if err != nil || sign == call.None {
			return answer, err
		}
		if err := refusal(from, c, who, sign); err != nil {
			return hostcap.Answer{}, err
		}
		if time.Since(nobody) > h.cfg.CallNobody {
			return hostcap.Answer{}, hostcap.Errorf(hostcap.NoResponders,
				"%s: no member has the keys of %s, and the call was not run: is it deployed, has its manifest a key, and is its stream there?", opCall, c.Function)
		}
		if err := bridge.Pause(ctx, wait); err != nil {
			return hostcap.Answer{}, hostcap.Errorf(hostcap.Timeout, "%s: no member had the keys of %s in time, and the call was not run", opCall, c.Function)
		}
	}
}

// refusal is the error of a call that who has its key will not run, whoever else has it; nil for
// any other sign.
func refusal(from hostcap.Caller, c hostcap.Call, who string, sign call.Sign) error {
	switch sign { //nolint:exhaustive // the others are no refusals
	case call.Crossed:
		return hostcap.Errorf(hostcap.Cycle, "%s: what runs of %s waits for one of %s itself: neither would end, and the call was not run",
			opCall, who, bridge.OneLine(strings.ReplaceAll(callersOf(from), ",", " > "), 400))
	case call.Applied:
		return hostcap.Errorf(hostcap.Applied, "%s: an earlier attempt of this call of %s.%s is in the state, and its answer is not kept any more: go on where none is needed, else ask by another call",
			opCall, who, c.Method)
	case call.Forgotten:
		return hostcap.Errorf(hostcap.Forgotten, "%s: an earlier attempt of this call of %s.%s may be in the state, and so many others came since that its key cannot tell any more: it was not applied now; look at the state, and have what is missing done by another message: one that is redriven calls anew",
			opCall, who, c.Method)
	}
	return nil
}

// listen waits for the answer, or for the word that nobody has run the call.
func (h *Host) listen(ctx context.Context, who string, came <-chan *nats.Msg) (hostcap.Answer, call.Sign, error) {
	quiet := time.NewTimer(h.cfg.CallSilence)
	defer quiet.Stop()
	for {
		select {
		case msg := <-came:
			answer, sign, err := call.ReadReply(msg)
			if err != nil {
				return answer, sign, hostcap.Errorf(hostcap.Lost, "%s: what %s answered cannot be read: whether it was run is not known", opCall, who)
			}
			if sign != call.Waiting {
				return answer, sign, nil
			}
			quiet.Reset(h.cfg.CallSilence)
		case <-quiet.C:
			return hostcap.Answer{}, call.None, hostcap.Errorf(hostcap.Lost,
				"%s: not a word from who has %s for %s: whether the call was run, and its state committed, is not known", opCall, who, h.cfg.CallSilence)
		case <-ctx.Done():
			return hostcap.Answer{}, call.None, ctx.Err()
		}
	}
}

// typed makes errors of the outcomes that have one for every operation.
func typed(who string, c hostcap.Call, answer hostcap.Answer) (hostcap.Answer, error) {
	var kind hostcap.Kind
	switch answer.Outcome { //nolint:exhaustive // the others are the method's
	case function.Timeout:
		kind = hostcap.Timeout
	case function.Overloaded:
		kind = hostcap.Overloaded
	case function.Crashed, function.Canceled:
		kind = hostcap.Lost
	case function.TooLarge:
		kind = hostcap.TooLarge
	default:
		return answer, nil
	}
	return hostcap.Answer{}, hostcap.Errorf(kind, "%s: %s.%s: %s", opCall, who, c.Method, answer.Message)
}
