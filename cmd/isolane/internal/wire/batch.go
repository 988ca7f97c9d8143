package wire

import (
	"fmt"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

func encodeBatch(batch []function.Message) []*isolanev1.Message {
	if len(batch) == 0 {
		return nil
	}
	out := make([]*isolanev1.Message, len(batch))
	for i, m := range batch {
		out[i] = &isolanev1.Message{
			Id: m.ID, Subject: []byte(m.Subject), Headers: encodeHeader(m.Header), Payload: m.Payload,
			Attempt: uint32(max(m.Attempt, 1)), //nolint:gosec // attempts are a handful
		}
	}
	return out
}

func decodeBatch(batch []*isolanev1.Message) ([]function.Message, error) {
	switch {
	case len(batch) == 0:
		return nil, nil
	case len(batch) > function.MaxBatch:
		return nil, fmt.Errorf("%w: a batch of %d messages, at most %d", ErrMalformed, len(batch), function.MaxBatch)
	}
	out := make([]function.Message, len(batch))
	for i, m := range batch {
		header, err := decodeHeader(m.GetHeaders())
		if err != nil {
			return nil, err
		}
		out[i] = function.Message{
			ID: m.GetId(), Subject: string(m.GetSubject()), Header: header, Payload: m.GetPayload(),
			Attempt: int(max(m.GetAttempt(), 1)),
		}
	}
	return out, nil
}

func encodeVerdicts(verdicts []function.Verdict) []*isolanev1.Verdict {
	var out []*isolanev1.Verdict
	for i, v := range verdicts {
		if v.Action == function.Unsaid {
			continue
		}
		out = append(out, &isolanev1.Verdict{
			Place: uint32(i), Action: isolanev1.Action(v.Action), //nolint:gosec // bounded by MaxBatch; the numbers are the same
			DelayNanos: int64(v.Delay), Reason: v.Reason,
		})
	}
	return out
}

// decodeVerdicts is the inverse, but for what was not said of the last messages.
func decodeVerdicts(verdicts []*isolanev1.Verdict) ([]function.Verdict, error) {
	var out []function.Verdict
	for _, v := range verdicts {
		place := int(v.GetPlace())
		if place >= function.MaxBatch {
			return nil, fmt.Errorf("%w: a verdict about message %d of a batch, at most %d", ErrMalformed, place, function.MaxBatch)
		}
		action := function.Action(min(max(v.GetAction(), 0), 255)) //nolint:gosec // clamped
		if action > function.SaidReject {
			return nil, fmt.Errorf("%w: a verdict with the action %d", ErrMalformed, v.GetAction())
		}
		for len(out) <= place {
			out = append(out, function.Verdict{})
		}
		out[place] = function.Verdict{Action: action, Delay: min(time.Duration(v.GetDelayNanos()), function.MaxRetryDelay), Reason: v.GetReason()}
	}
	return out, nil
}
