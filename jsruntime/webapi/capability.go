package webapi

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// The words between js/64_nats.js, js/66_kv.js, js/68_call.js and these files: JSON text on the first
// line; after it the payload, where that is text; or the payload as bytes beside it. Go
// answers with JSON text, and bytes beside it.

// capability runs an operation of ctx.nats, ctx.kv or ctx.call.
func (a *API) capability(ctx context.Context, from hostcap.Caller, held *lease, op, text string, in []byte) (string, []byte, error) {
	head, payload, _ := strings.Cut(text, "\n")
	if in == nil {
		in = []byte(payload)
	}
	answer, out, err := a.perform(ctx, from, op, head, in)
	if err == nil {
		err = held.take(int64(len(out) + len(answer)))
	}
	if err != nil {
		return "", nil, capabilityError(ctx, op, err)
	}
	return answer, out, nil
}

func (a *API) perform(ctx context.Context, from hostcap.Caller, op, head string, in []byte) (string, []byte, error) {
	switch op {
	case "nats.publish":
		return a.publish(ctx, from, head, in)
	case "nats.request":
		return a.request(ctx, from, head, in)
	case "call.method":
		return a.callMethod(ctx, from, head, in)
	default:
		if !strings.HasPrefix(op, "kv.") {
			return "", nil, unknownOp(op)
		}
		return a.bucket(ctx, from, op, head, in)
	}
}

// isCapability tells the operations of ctx.nats, ctx.kv and ctx.call.
func isCapability(op string) bool {
	return strings.HasPrefix(op, "nats.") || strings.HasPrefix(op, "kv.") || op == "call.method"
}

// capabilityLimit answers host.call("nats.max"), ("kv.max") and ("call.max"): the most that a payload
// may hold. It is asked once in a context, and says where there is no such capability.
func (a *API) capabilityLimit(op string) (int64, error) {
	switch {
	case op == "nats.max" && a.cfg.Messenger != nil:
		return a.cfg.Messenger.MaxPayload(), nil
	case op == "kv.max" && a.cfg.Buckets != nil:
		return a.cfg.Buckets.MaxPayload(), nil
	case op == "call.max" && a.cfg.Calls != nil:
		return a.cfg.Calls.MaxPayload(), nil
	default:
		return 0, unavailable(op)
	}
}

func unavailable(op string) error {
	name, _, _ := strings.Cut(op, ".")
	return &Error{Name: string(hostcap.Unavailable), Message: "ctx." + name + " is not there: this runtime was started without a connection for functions"}
}

// capabilityError turns what the host said into what JavaScript sees.
func capabilityError(ctx context.Context, op string, err error) *Error {
	var known *hostcap.Error
	var mine *Error
	var limit *function.LimitError
	switch {
	case errors.As(err, &mine):
		return mine
	case errors.As(err, &known):
		return &Error{Name: string(known.Kind), Message: known.Message, Err: err}
	case errors.As(err, &limit):
		return &Error{Name: string(hostcap.TooLarge), Message: op + ": " + limit.Error(), Err: err}
	case ctx.Err() != nil:
		return &Error{Name: string(hostcap.Aborted), Message: op + " was aborted", Err: errors.Join(ctx.Err(), err)}
	default:
		return &Error{Name: "Error", Message: op + ": " + err.Error(), Err: err}
	}
}

func readHead(op, head string, v any) error {
	if err := json.Unmarshal([]byte(head), v); err != nil {
		return &Error{Name: "TypeError", Message: op + ": what was asked for cannot be read", Err: err}
	}
	return nil
}

func answerJSON(op string, v any, out []byte) (string, []byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", nil, &Error{Name: "TypeError", Message: op + ": the answer cannot be read", Err: err}
	}
	return string(text), out, nil
}

// tooLarge says that a payload is over the server's max payload.
func payloadTooLarge(what string, size, limit int64) error {
	return hostcap.Errorf(hostcap.TooLarge, "%s: %d bytes are more than the server takes, %d (its max_payload): send less, or in parts", what, size, limit)
}
