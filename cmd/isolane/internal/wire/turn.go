package wire

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/jsruntime/function"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// EncodeTurn returns t as bytes; now is the clock that its invocation's times are from. It fails
// where EncodeInvocation does.
func EncodeTurn(t *stream.Turn, now time.Time) ([]byte, error) {
	m := &isolanev1.Turn{
		Invocation: invocationMessage(t.Invocation, now), Key: []byte(t.Key), Stream: t.Stream, Sequence: t.Sequence,
		Epoch: t.Epoch, Contested: t.Contested, Revision: t.Revision, Claim: t.Claim,
		Alarm: t.Alarm, Counted: uint32(max(t.Counted, 1)), Replies: t.Replies, //nolint:gosec // runs are a handful
	}
	if t.Alarm {
		m.NowMillis = t.Now.UnixMilli()
	}
	if end := t.Invocation.Deadline; !end.IsZero() {
		if m.DeadlineNanos = int64(end.Sub(now)); m.DeadlineNanos == 0 {
			m.DeadlineNanos = -1
		}
	}
	data, err := proto.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("wire: encode a turn of %s: %w", t.Invocation.Function, err)
	}
	return data, nil
}

// DecodeTurn is the inverse, on the clock of now. The error wraps ErrMalformed. The Turn keeps no
// part of data.
func DecodeTurn(data []byte, now time.Time) (*stream.Turn, error) {
	var m isolanev1.Turn
	if err := proto.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%w: turn: %w", ErrMalformed, err)
	}
	inv, err := readInvocation(m.GetInvocation(), now)
	if err != nil {
		return nil, err
	}
	if m.Stream == "" || m.Sequence == 0 && !m.Alarm || m.Epoch == 0 {
		return nil, fmt.Errorf("%w: a turn of %s without its stream, sequence or epoch", ErrMalformed, inv.Function)
	}
	if inv.Header == nil {
		inv.Header = function.Header{}
	}
	if m.DeadlineNanos != 0 {
		inv.Deadline = now.Add(min(max(time.Duration(m.DeadlineNanos), -maxAge), maxAge))
	}
	turn := &stream.Turn{
		Invocation: inv, Key: string(m.Key), Stream: m.Stream, Sequence: m.Sequence, Epoch: m.Epoch, Contested: m.Contested,
		Revision: m.Revision, Claim: m.Claim, Counted: counted(m.Counted), Replies: m.Replies,
	}
	if m.Alarm {
		turn.Alarm, turn.Now = true, time.UnixMilli(m.NowMillis)
	}
	return turn, nil
}

// counted is a count of runs, 1 at least.
func counted(n uint32) int { return int(min(max(n, 1), 1<<30)) }

// EncodeAnswer returns a as bytes. It fails where EncodeResult does.
func EncodeAnswer(a *stream.Answer) ([]byte, error) {
	m := &isolanev1.Answer{
		End: isolanev1.End(a.End), Revision: a.Revision, //nolint:gosec // the numbers are the same
		Counted: uint32(max(a.Counted, 1)), AlarmNumber: a.Alarm.Number, AlarmAt: a.Alarm.At, Invocation: a.Invocation, //nolint:gosec // runs are a handful
	}
	if a.Result != nil {
		m.Result = resultMessage(a.Result)
	}
	data, err := proto.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("wire: encode an answer: %w", err)
	}
	return data, nil
}

// DecodeAnswer is the inverse. The error wraps ErrMalformed. The Answer keeps no part of data.
func DecodeAnswer(data []byte) (*stream.Answer, error) {
	var m isolanev1.Answer
	if err := proto.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%w: answer: %w", ErrMalformed, err)
	}
	if m.End < isolanev1.End_END_COMMITTED || m.End > isolanev1.End_END_DROPPED {
		return nil, fmt.Errorf("%w: an answer with the end %d", ErrMalformed, m.End)
	}
	a := &stream.Answer{End: stream.End(m.End), Revision: m.Revision, Counted: counted(m.Counted), Alarm: stream.Alarm{Number: m.AlarmNumber, At: m.AlarmAt}, Invocation: m.Invocation}
	if m.Result == nil {
		if a.End == stream.Committed || a.End == stream.Failed {
			return nil, fmt.Errorf("%w: an answer of a run without its result", ErrMalformed)
		}
		return a, nil
	}
	var err error
	a.Result, err = readResult(m.Result)
	return a, err
}
