package wire

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/isolane/isolane/jsruntime/function"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestInvocationThereAndBack(t *testing.T) {
	here := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	there := here.Add(-7 * time.Hour) // the other member's clock is wrong, which does not matter
	inv := &function.Invocation{
		ID: "abc", Function: "hello", Subject: "fn.hello.\xff", Attempt: 2, Payload: []byte{0, 1, 0xff},
		Header:   function.Header{"X-One": {"a", "b"}, "x-one": {""}, "\xfe": {"\xff", "é"}},
		Received: here.Add(-30 * time.Millisecond), Deadline: here.Add(time.Second),
		Kept: true, Patient: true, Depth: 3, Recursive: true, Again: true,
		Batch: []function.Message{{ID: "m1", Subject: "a.\xff", Payload: []byte{0, 0xff}, Header: function.Header{"A": {"1"}}, Attempt: 3}, {ID: "m2", Attempt: 1}},
	}
	data, err := EncodeInvocation(inv, here)
	require.NoError(t, err)
	got, err := DecodeInvocation(data, there)
	require.NoError(t, err)
	want := *inv
	want.Received, want.Deadline = there.Add(-30*time.Millisecond), time.Time{}
	require.Equal(t, &want, got)
}

// TestInvocationOfAnOldMember: one that does not know who waits, and for what, says nothing of
// it; and nothing that a member says gives more room than there is.
func TestInvocationOfAnOldMember(t *testing.T) {
	for _, c := range []struct {
		sent *isolanev1.Invocation
		want function.Invocation
	}{
		{&isolanev1.Invocation{}, function.Invocation{}},
		{&isolanev1.Invocation{Depth: 1 << 31, Patient: true}, function.Invocation{Depth: function.MaxDepth, Patient: true}},
		{&isolanev1.Invocation{Recursive: true}, function.Invocation{}},
	} {
		c.sent.Id, c.sent.Function = "1", "f"
		data, err := proto.Marshal(c.sent)
		require.NoError(t, err)
		got, err := DecodeInvocation(data, time.Now())
		require.NoError(t, err)
		require.Equal(t, []any{c.want.Patient, c.want.Depth, c.want.Recursive}, []any{got.Patient, got.Depth, got.Recursive})
	}
}

func TestResultThereAndBack(t *testing.T) {
	for _, outcome := range function.Outcomes() {
		res := &function.Result{
			Outcome: outcome, Header: function.Header{"A": {"1"}}, Status: 201, Message: "m", Location: "a.ts:1:2", Stack: "s",
			RetryAfter: time.Second,
			Verdicts:   []function.Verdict{{}, {Action: function.SaidRetry, Delay: -1}, {Action: function.SaidReject, Reason: "no"}, {Action: function.SaidAck}},
			Receipt:    function.Receipt{Queued: 1, Wall: 2, CPU: 3, Cold: true, Node: "n", Runtime: -1, Attempts: 2},
			Record:     []byte{0, 1, 255},
			Loss:       &function.Loss{Isolate: "n/runtime-1#2", Suspect: true, Cause: "c"},
		}
		if outcome == function.OK {
			res.Body = []byte("body")
		}
		data, err := EncodeResult(res)
		require.NoError(t, err)
		got, err := DecodeResult(data)
		require.NoError(t, err)
		require.Equal(t, res, got)
	}
}

func TestMalformed(t *testing.T) {
	encode := func(m proto.Message) []byte {
		data, err := proto.Marshal(m)
		require.NoError(t, err)
		return data
	}
	twice := []*isolanev1.Header{{Key: []byte("A")}, {Key: []byte("A")}}
	for name, data := range map[string][]byte{
		"not protobuf": {0xff},
		"empty":        nil,
		"no id":        encode(&isolanev1.Invocation{Function: "hello"}),
		"bad name":     encode(&isolanev1.Invocation{Id: "1", Function: "../etc"}),
		"header twice": encode(&isolanev1.Invocation{Id: "1", Function: "hello", Headers: twice}),
		"in a batch":   encode(&isolanev1.Invocation{Id: "1", Function: "hello", Batch: []*isolanev1.Message{{Headers: twice}}}),
		"large batch":  encode(&isolanev1.Invocation{Id: "1", Function: "hello", Batch: make([]*isolanev1.Message, function.MaxBatch+1)}),
	} {
		_, err := DecodeInvocation(data, time.Now())
		require.ErrorIs(t, err, ErrMalformed, name)
	}
	for name, data := range map[string][]byte{
		"not protobuf": {0xff},
		"no outcome":   nil,
		"unknown":      encode(&isolanev1.Result{Outcome: "splendid"}),
		"header twice": encode(&isolanev1.Result{Outcome: "ok", Headers: twice}),
		"far place":    encode(&isolanev1.Result{Outcome: "ok", Verdicts: []*isolanev1.Verdict{{Place: 1 << 31}}}),
		"no action":    encode(&isolanev1.Result{Outcome: "ok", Verdicts: []*isolanev1.Verdict{{Action: 77}}}),
	} {
		_, err := DecodeResult(data)
		require.ErrorIs(t, err, ErrMalformed, name)
	}
	_, err := EncodeInvocation(&function.Invocation{ID: "\xff", Function: "f"}, time.Now())
	require.ErrorContains(t, err, "encode an invocation of f")
	_, err = EncodeResult(&function.Result{Outcome: function.Exception, Message: "\xff"})
	require.Error(t, err)
}

func TestAgeIsBounded(t *testing.T) {
	now := time.Now()
	for age, want := range map[int64]time.Duration{-5: 0, 7: 7, 1<<63 - 1: maxAge} {
		data, err := proto.Marshal(&isolanev1.Invocation{Id: "1", Function: "f", AgeNanos: age})
		require.NoError(t, err)
		inv, err := DecodeInvocation(data, now)
		require.NoError(t, err)
		require.Equal(t, want, now.Sub(inv.Received))
	}
}

func FuzzDecodeInvocation(f *testing.F) {
	data, err := EncodeInvocation(&function.Invocation{ID: "1", Function: "f", Header: function.Header{"A": {"1"}}, Payload: []byte("x")}, time.Now())
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		now := time.Now()
		inv, err := DecodeInvocation(data, now)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		again, err := EncodeInvocation(inv, now)
		require.NoError(t, err)
		got, err := DecodeInvocation(again, now)
		require.NoError(t, err)
		require.Equal(t, inv, got)
	})
}

func FuzzDecodeResult(f *testing.F) {
	data, err := EncodeResult(function.Failure(function.Overloaded, strings.Repeat("x", 10)))
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		res, err := DecodeResult(data)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		require.True(t, res.Outcome.Valid())
		_, err = EncodeResult(res)
		require.NoError(t, err)
	})
}
