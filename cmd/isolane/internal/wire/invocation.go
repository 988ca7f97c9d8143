package wire

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// ErrMalformed is wrapped by every error about bytes that could not be read.
var ErrMalformed = errors.New("wire: malformed")

// EncodeInvocation returns inv as bytes; now is the clock that inv.Received is from. Its
// Deadline is left out: it travels as the context's. It fails where its ID is not UTF-8.
func EncodeInvocation(inv *function.Invocation, now time.Time) ([]byte, error) {
	data, err := proto.Marshal(invocationMessage(inv, now))
	if err != nil {
		return nil, fmt.Errorf("wire: encode an invocation of %s: %w", inv.Function, err)
	}
	return data, nil
}

func invocationMessage(inv *function.Invocation, now time.Time) *isolanev1.Invocation {
	m := &isolanev1.Invocation{
		Id: inv.ID, Function: inv.Function, Subject: []byte(inv.Subject), Headers: encodeHeader(inv.Header),
		Payload: inv.Payload, Batch: encodeBatch(inv.Batch), Kept: inv.Kept, Attempt: uint32(max(inv.Attempt, 1)), //nolint:gosec // attempts are a handful
		Patient: inv.Patient, Depth: uint32(min(max(inv.Depth, 0), function.MaxDepth)), Recursive: inv.Recursive, Again: inv.Again, //nolint:gosec // bounded
	}
	m.TraceParent, m.TraceState = span.Text(inv.Trace)
	if !inv.Received.IsZero() {
		m.AgeNanos = int64(max(now.Sub(inv.Received), 0))
	}
	return m
}

// DecodeInvocation is the inverse: Received is what it was, on the clock of now, and
// Deadline zero. The error wraps ErrMalformed. The Invocation keeps no part of data.
func DecodeInvocation(data []byte, now time.Time) (*function.Invocation, error) {
	var m isolanev1.Invocation
	if err := proto.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%w: invocation: %w", ErrMalformed, err)
	}
	return readInvocation(&m, now)
}

// readInvocation checks m, which may be nil.
func readInvocation(m *isolanev1.Invocation, now time.Time) (*function.Invocation, error) {
	if m == nil {
		return nil, fmt.Errorf("%w: no invocation", ErrMalformed)
	}
	if err := function.ValidateName(m.Function); err != nil {
		return nil, fmt.Errorf("%w: invocation: %w", ErrMalformed, err)
	}
	if m.Id == "" {
		return nil, fmt.Errorf("%w: invocation of %s without an id", ErrMalformed, m.Function)
	}
	header, err := decodeHeader(m.Headers)
	if err != nil {
		return nil, err
	}
	batch, err := decodeBatch(m.Batch)
	if err != nil {
		return nil, err
	}
	return &function.Invocation{
		ID: m.Id, Function: m.Function, Subject: string(m.Subject), Header: header, Payload: m.Payload, Batch: batch, Kept: m.Kept,
		Attempt: int(max(m.Attempt, 1)), Received: now.Add(-clampAge(m.AgeNanos)), Trace: span.Parse(m.TraceParent, m.TraceState),
		Patient: m.Patient, Depth: int(min(m.Depth, function.MaxDepth)), Recursive: m.Recursive && m.Depth > 0, Again: m.Again,
	}, nil
}

// maxAge bounds how old a member may say that an invocation is.
const maxAge = 365 * 24 * time.Hour

func clampAge(nanos int64) time.Duration {
	return min(max(time.Duration(nanos), 0), maxAge)
}

func encodeHeader(h function.Header) []*isolanev1.Header {
	if len(h) == 0 {
		return nil
	}
	out := make([]*isolanev1.Header, 0, len(h))
	for _, key := range slices.Sorted(maps.Keys(h)) {
		values := make([][]byte, len(h[key]))
		for i, v := range h[key] {
			values[i] = []byte(v)
		}
		out = append(out, &isolanev1.Header{Key: []byte(key), Values: values})
	}
	return out
}

func decodeHeader(headers []*isolanev1.Header) (function.Header, error) {
	if len(headers) == 0 {
		return nil, nil //nolint:nilnil // no headers are a nil Header
	}
	out := make(function.Header, len(headers))
	for _, h := range headers {
		key := string(h.GetKey())
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("%w: the header %.64q stands there twice", ErrMalformed, key)
		}
		values := make([]string, len(h.GetValues()))
		for i, v := range h.GetValues() {
			values[i] = string(v)
		}
		out[key] = values
	}
	return out, nil
}
