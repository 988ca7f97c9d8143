package webapi

import (
	"context"
	"encoding/json"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// callAsked is what JavaScript asks for.
type callAsked struct {
	Function string `json:"function"`
	Key      string `json:"key"`
	Method   string `json:"method"`
	ID       string `json:"id"`
	// Timeout is in milliseconds, 0 for none.
	Timeout float64 `json:"timeout"`
}

// callFailed is the answer of a call that did not end well.
type callFailed struct {
	Outcome string `json:"outcome"`
	Code    int    `json:"code"`
	Message string `json:"message"`
	// Thrown says that the method threw: what follows is of that.
	Thrown   bool            `json:"thrown"`
	Name     string          `json:"name"`
	OwnCode  json.RawMessage `json:"ownCode,omitempty"`
	OwnText  string          `json:"ownText"`
	RemoteAt string          `json:"stack"`
}

// callMethod runs ctx.call. What the method returned is answered as "=" and its JSON; what
// failed there as a JSON object.
func (a *API) callMethod(ctx context.Context, from hostcap.Caller, head string, in []byte) (string, []byte, error) {
	const op = "call"
	if a.cfg.Calls == nil {
		return "", nil, unavailable("call.method")
	}
	var asked callAsked
	if err := readHead(op, head, &asked); err != nil {
		return "", nil, err
	}
	if err := a.callAllowed(asked); err != nil {
		return "", nil, err
	}
	if len(asked.ID) > maxMessageID {
		return "", nil, typeError("call: callId has %d bytes, and %d at most are taken", len(asked.ID), maxMessageID)
	}
	if limit := a.cfg.Calls.MaxPayload(); int64(len(in)) > limit {
		return "", nil, payloadTooLarge(op, int64(len(in)), limit)
	}
	from, s := a.calling(from, asked, len(in))
	answer, err := a.cfg.Calls.Call(ctx, from, hostcap.Call{
		Function: asked.Function, Key: asked.Key, Method: asked.Method, Args: in, ID: asked.ID,
		Wait: time.Duration(asked.Timeout * float64(time.Millisecond)),
	})
	if err != nil {
		ended(s, err)
		return "", nil, err
	}
	if answer.Outcome == function.OK {
		ended(s, nil)
		return "=" + string(answer.Value), nil, nil
	}
	if s != nil {
		s.SetAttributes(attribute.String(span.ErrorType, answer.Outcome.String()))
		s.SetStatus(codes.Error, answer.Message)
		s.End()
	}
	failed := callFailed{Outcome: answer.Outcome.String(), Code: answer.Outcome.Code(), Message: answer.Message, RemoteAt: answer.Stack}
	if t := answer.Thrown; t != nil {
		failed.Thrown, failed.Name, failed.OwnText = true, t.Name, t.Message
		if json.Valid([]byte(t.Code)) {
			failed.OwnCode = json.RawMessage(t.Code)
		}
	}
	return answerJSON(op, failed, nil)
}

// callAllowed asks the manifest's grants.
func (a *API) callAllowed(asked callAsked) error {
	if err := function.ValidateName(asked.Function); err != nil {
		return typeError("call: %s is no function's name: lower-case letters, digits and -", quoted(asked.Function))
	}
	if !a.cfg.Permissions.AllowsCall(asked.Function) {
		return hostcap.Errorf(hostcap.Denied, "call: the function %s is not permitted: add to the manifest %s",
			quoted(asked.Function), function.CallHint(asked.Function))
	}
	if fault := function.KeyFault(asked.Key); fault != "" {
		return typeError("call: the key %s %s", quoted(asked.Key), fault)
	}
	if fault := function.MethodFault(asked.Method); fault != "" {
		return typeError("call: the method %s %s", quoted(asked.Method), fault)
	}
	return nil
}

// calling begins the span of a call; the key is not in its name, of which there may be any
// number.
func (a *API) calling(from hostcap.Caller, asked callAsked, size int) (hostcap.Caller, trace.Span) {
	if !span.Recorded(a.cfg.Tracer, from.Trace) {
		return from, nil
	}
	return a.spanning(from, "call "+asked.Function+"."+asked.Method, trace.SpanKindClient,
		attribute.String(span.System, span.NATS), attribute.String(span.Operation, "send"), attribute.String(span.Doing, "call"),
		attribute.String(span.Function, asked.Function), attribute.String(span.Key, asked.Key), attribute.String(span.Method, asked.Method),
		attribute.Int(span.BodySize, size))
}
