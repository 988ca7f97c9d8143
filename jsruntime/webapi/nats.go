package webapi

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// natsMessage is what JavaScript asks for.
type natsMessage struct {
	Subject string      `json:"subject"`
	Headers [][2]string `json:"headers"`
	// ID and Ack are publish's, Timeout (milliseconds, 0 for none) is request's.
	ID      string  `json:"msgId"`
	Ack     bool    `json:"ack"`
	Timeout float64 `json:"timeout"`
	// Delay and At are publish's, in milliseconds, the latter since 1970; nil for now.
	Delay *float64 `json:"delay"`
	At    *float64 `json:"at"`
}

// later is what a publish says of its time.
func (m natsMessage) later() *hostcap.Later {
	const furthest = 1e15 // milliseconds: no time is lost, and none overflows
	switch {
	case m.At != nil:
		return &hostcap.Later{At: time.UnixMilli(int64(min(max(*m.At, -furthest), furthest)))}
	case m.Delay != nil:
		return &hostcap.Later{After: time.Duration(min(max(*m.Delay, 0), float64(math.MaxInt64/int64(2*time.Millisecond))) * float64(time.Millisecond))}
	}
	return nil
}

// natsAck is the answer to a publish that a stream acknowledged.
type natsAck struct {
	Stream    string `json:"stream"`
	Sequence  uint64 `json:"sequence"`
	Duplicate bool   `json:"duplicate"`
}

// natsReply is the answer to a request, but its payload.
type natsReply struct {
	Subject string      `json:"subject"`
	Headers [][2]string `json:"headers"`
}

// maxMessageID bounds what a function gives as msgId, in bytes.
const maxMessageID = 256

// read takes what JavaScript asks for, and makes sure that it may.
func (a *API) readMessage(verb, head string, in []byte) (natsMessage, hostcap.Message, error) {
	var asked natsMessage
	op := "nats." + verb
	if a.cfg.Messenger == nil {
		return asked, hostcap.Message{}, unavailable(op)
	}
	if err := readHead(op, head, &asked); err != nil {
		return asked, hostcap.Message{}, err
	}
	if err := a.allowed(verb, asked.Subject); err != nil {
		return asked, hostcap.Message{}, err
	}
	if len(asked.ID) > maxMessageID {
		return asked, hostcap.Message{}, typeError("%s: msgId has %d bytes, and %d at most are taken", op, len(asked.ID), maxMessageID)
	}
	if limit := a.cfg.Messenger.MaxPayload(); int64(len(in)) > limit {
		return asked, hostcap.Message{}, payloadTooLarge(op, int64(len(in)), limit)
	}
	m := hostcap.Message{Subject: asked.Subject, Data: in, ID: asked.ID}
	if len(asked.Headers) > 0 {
		m.Header = make(function.Header, len(asked.Headers))
	}
	for _, pair := range asked.Headers {
		m.Header[pair[0]] = append(m.Header[pair[0]], pair[1])
	}
	return asked, m, nil
}

// allowed asks the manifest's grants.
func (a *API) allowed(verb, subject string) error {
	p := a.cfg.Permissions
	if fault := function.SubjectFault(subject); fault != "" {
		return typeError("nats.%s: the subject %s %s: it is words with points between them, and no wildcard", verb, quoted(subject), fault)
	}
	if verb == "publish" && p.AllowsPublish(subject) || verb == "request" && p.AllowsRequest(subject) {
		return nil
	}
	if hint := function.SubjectHint(verb, subject); hint != "" {
		return hostcap.Errorf(hostcap.Denied, "nats.%s: %s is not permitted: add to the manifest %s", verb, quoted(subject), hint)
	}
	return hostcap.Errorf(hostcap.Denied, "nats.%s: %s is not permitted, and no manifest can grant it", verb, quoted(subject))
}

// quoted quotes the beginning of a text that a function gave, for a message.
func quoted(s string) string {
	const longest = 64
	if len(s) > longest {
		return fmt.Sprintf("%q...", s[:longest])
	}
	return fmt.Sprintf("%q", s)
}

func (a *API) publish(ctx context.Context, from hostcap.Caller, head string, in []byte) (string, []byte, error) {
	asked, m, err := a.readMessage("publish", head, in)
	if err != nil {
		return "", nil, err
	}
	from, s := a.sending(from, "publish", m.Subject, len(in))
	if m.Later = asked.later(); m.Later == nil && !asked.Ack {
		err := a.cfg.Messenger.Publish(ctx, from, m)
		ended(s, err)
		return "", nil, err
	}
	ack, err := a.cfg.Messenger.PublishAcked(ctx, from, m)
	ended(s, err)
	if err != nil {
		return "", nil, err
	}
	return answerJSON("nats.publish", natsAck(ack), nil)
}

func (a *API) request(ctx context.Context, from hostcap.Caller, head string, in []byte) (string, []byte, error) {
	asked, m, err := a.readMessage("request", head, in)
	if err != nil {
		return "", nil, err
	}
	from, s := a.sending(from, "request", m.Subject, len(in))
	reply, err := a.cfg.Messenger.Request(ctx, from, m, time.Duration(asked.Timeout*float64(time.Millisecond)))
	ended(s, err)
	if err != nil {
		return "", nil, err
	}
	answer := natsReply{Subject: reply.Subject, Headers: make([][2]string, 0, len(reply.Header))}
	for _, name := range slices.Sorted(maps.Keys(reply.Header)) {
		for _, v := range reply.Header[name] {
			if ValidHeader(name, v) {
				answer.Headers = append(answer.Headers, [2]string{name, v})
			}
		}
	}
	return answerJSON("nats.request", answer, reply.Data)
}
