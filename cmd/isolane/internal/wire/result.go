package wire

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/isolane/isolane/jsruntime/function"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// EncodeResult returns res as bytes. It fails where its texts are not UTF-8, which those
// of JavaScript always are.
func EncodeResult(res *function.Result) ([]byte, error) {
	data, err := proto.Marshal(resultMessage(res))
	if err != nil {
		return nil, fmt.Errorf("wire: encode a result: %w", err)
	}
	return data, nil
}

func resultMessage(res *function.Result) *isolanev1.Result {
	r := res.Receipt
	return &isolanev1.Result{
		Outcome: res.Outcome.String(), Body: res.Body, Headers: encodeHeader(res.Header),
		Status: int32(res.Status), Message: res.Message, Location: res.Location, Stack: res.Stack, //nolint:gosec // 0 to 599
		RetryAfterNanos: int64(res.RetryAfter), Verdicts: encodeVerdicts(res.Verdicts), Loss: encodeLoss(res.Loss), Record: res.Record,
		Receipt: &isolanev1.Receipt{
			QueuedNanos: int64(r.Queued), WallNanos: int64(r.Wall), CpuNanos: int64(r.CPU), Cold: r.Cold,
			Node: r.Node, Runtime: int32(r.Runtime), Attempts: uint32(max(r.Attempts, 0)), //nolint:gosec // bounded by the pool
			IoNanos: int64(r.IO), Heap: r.Heap, Version: r.Version,
		},
	}
}

// DecodeResult is the inverse. The error wraps ErrMalformed. The Result keeps no part of
// data.
func DecodeResult(data []byte) (*function.Result, error) {
	var m isolanev1.Result
	if err := proto.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%w: result: %w", ErrMalformed, err)
	}
	return readResult(&m)
}

func readResult(m *isolanev1.Result) (*function.Result, error) {
	outcome, err := function.ParseOutcome(m.Outcome)
	if err != nil {
		return nil, fmt.Errorf("%w: result: %w", ErrMalformed, err)
	}
	header, err := decodeHeader(m.Headers)
	if err != nil {
		return nil, err
	}
	verdicts, err := decodeVerdicts(m.Verdicts)
	if err != nil {
		return nil, err
	}
	r := m.GetReceipt()
	res := &function.Result{
		Outcome: outcome, Header: header, Status: int(m.Status), Message: m.Message, Location: m.Location,
		Stack: m.Stack, RetryAfter: time.Duration(max(m.RetryAfterNanos, 0)), Verdicts: verdicts, Loss: decodeLoss(m.Loss), Record: m.Record,
		Receipt: function.Receipt{
			Queued: time.Duration(r.GetQueuedNanos()), Wall: time.Duration(r.GetWallNanos()), CPU: time.Duration(r.GetCpuNanos()),
			Cold: r.GetCold(), Node: r.GetNode(), Runtime: int(r.GetRuntime()), Attempts: int(r.GetAttempts()),
			IO: time.Duration(r.GetIoNanos()), Heap: r.GetHeap(), Version: r.GetVersion(),
		},
	}
	if outcome == function.OK {
		res.Body = m.Body
	}
	return res, nil
}

func encodeLoss(l *function.Loss) *isolanev1.Loss {
	if l == nil {
		return nil
	}
	return &isolanev1.Loss{Isolate: strings.ToValidUTF8(l.Isolate, "?"), Suspect: l.Suspect, Cause: strings.ToValidUTF8(l.Cause, "?")}
}

func decodeLoss(l *isolanev1.Loss) *function.Loss {
	if l == nil {
		return nil
	}
	return &function.Loss{Isolate: l.GetIsolate(), Suspect: l.GetSuspect(), Cause: l.GetCause()}
}
