package jsruntime

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/net/http/httpguts"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// maxTextPayload is the largest payload that is passed to JavaScript at the start
// whether it looks at it or not; a larger one is fetched when it does.
const maxTextPayload = 64 << 10

// startOf prepares what a realm needs to begin i.
func startOf(i *invocation) (Start, error) {
	s := Start{ID: i.id, Attempt: int32(i.inv.Attempt), Deadline: float64(i.expires().UnixMilli())}
	if i.play.deadline != 0 {
		s.Deadline = i.play.deadline
	}
	payload := i.inv.Payload
	switch {
	case len(i.inv.Batch) > 0:
		text, err := batchText(i.inv.Batch)
		if err != nil {
			return Start{}, err
		}
		s.Kind, s.Text = PayloadBatch, text
	case len(payload) == 0:
		s.Kind = PayloadEmpty
	case len(payload) <= maxTextPayload && utf8.Valid(payload):
		s.Kind = PayloadText
		s.Text = unsafe.String(&payload[0], len(payload)) // payloads are never written to
	default:
		s.Kind = PayloadOnDemand
	}
	if i.inv.Kept {
		s.Kind |= PayloadKept
	}
	headers, err := headerText(i.inv.Header)
	subject := i.inv.Subject
	if k := i.inv.Keyed; k != nil {
		s.Kind |= PayloadKeyed
		if k.Due {
			s.Kind |= PayloadDue
		}
		if k.Method != "" {
			s.Kind |= PayloadCalled
			subject = k.Method
		}
	}
	s.Head = subject + "\n" + headers
	return s, err
}

// headerText is headers as a JSON list of pairs, "" where there are none.
func headerText(h function.Header) (string, error) {
	if len(h) == 0 {
		return "", nil
	}
	text, err := json.Marshal(pairs(h))
	if err != nil {
		return "", fmt.Errorf("headers: %w", err)
	}
	return string(text), nil
}

// pairs flattens headers, keys in any order, values in theirs. What the Fetch
// standard does not allow in a header is left out.
func pairs(h function.Header) [][2]string {
	all := make([][2]string, 0, len(h))
	for key, values := range h {
		for _, v := range values {
			if httpguts.ValidHeaderFieldName(key) && httpguts.ValidHeaderFieldValue(v) {
				all = append(all, [2]string{key, v})
			}
		}
	}
	return all
}

// call answers what the host script asks for at once.
func (r *Runtime) call(x *jsContext, op, text string, in []byte) (string, []byte, error) {
	serve := r.serve
	if tells(op) {
		serve = r.tell
	}
	text, out, err := serve(x, op, text, in)
	if err != nil {
		return "", nil, named(err)
	}
	return text, out, nil
}

func (r *Runtime) serve(x *jsContext, op, text string, in []byte) (string, []byte, error) {
	switch op {
	case "payload.bytes", "payload.text", "invocation", "keyed":
	default:
		return x.api.Call(op, text, in)
	}
	which, place, inBatch := strings.Cut(text, ":")
	id, err := strconv.ParseInt(which, 10, 32)
	if err != nil {
		return "", nil, fmt.Errorf("%s of invocation %q: %w", op, text, err)
	}
	i := r.inflight[int32(id)]
	if i == nil || i.context != x {
		return "", nil, errors.New("the invocation is over, and its message is gone: read it before the reply")
	}
	if op == "keyed" {
		text, err := keyedText(i.inv)
		return text, nil, err
	}
	payload := i.inv.Payload
	if inBatch {
		n, err := strconv.Atoi(place)
		if err != nil || n < 0 || n >= len(i.inv.Batch) {
			return "", nil, fmt.Errorf("%s of message %q of a batch", op, text)
		}
		payload = i.inv.Batch[n].Payload
	}
	switch op {
	case "payload.bytes":
		return "", payload, nil
	case "payload.text":
		return webapi.DecodeUTF8(payload), nil, nil
	default:
		known, err := json.Marshal(struct {
			ID      string `json:"id"`
			Node    string `json:"node"`
			Runtime int    `json:"runtime"`
		}{i.inv.ID, r.cfg.Node, r.cfg.ID})
		return string(known), nil, err
	}
}

// mapError rewrites locations to the files that the author wrote.
func mapError(e *function.ScriptError, b *bundle.Bundle) *function.ScriptError {
	mapped := *e
	mapped.Stack = b.MapStack(e.Stack)
	mapped.Location = b.MapLocation(e.Location)
	if mapped.Location == "" {
		mapped.Location = firstLocation(mapped.Stack)
	}
	return &mapped
}

// firstLocation is the "file:line:column" of a stack's first frame, or "".
func firstLocation(stack string) string {
	for line := range strings.Lines(stack) {
		frame, ok := strings.CutPrefix(strings.TrimSpace(line), "at ")
		if !ok {
			continue
		}
		if open := strings.LastIndexByte(frame, '('); open >= 0 {
			frame = strings.TrimSuffix(frame[open+1:], ")")
		}
		return frame
	}
	return ""
}
