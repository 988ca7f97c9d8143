package wire

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/jsruntime/function"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

func TestTurnThereAndBack(t *testing.T) {
	here := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	there := here.Add(3 * time.Hour)
	inv := &function.Invocation{
		ID: "s1", Function: "order", Subject: "orders.\xff.new", Header: function.Header{"A": {"1"}}, Payload: []byte{0, 0xff},
		Attempt: 4, Received: here.Add(-time.Second), Kept: true, Patient: true,
	}
	for name, deadline := range map[string]time.Duration{"none": 0, "ahead": time.Minute, "just now": 1, "over": -time.Second} {
		t.Run(name, func(t *testing.T) {
			inv := *inv
			if deadline != 0 {
				inv.Deadline = here.Add(deadline)
			}
			turn := &stream.Turn{
				Invocation: &inv, Key: "\xff", Stream: "ORDERS@d0x4k2", Sequence: 812, Epoch: 97, Contested: 800, Revision: 1 << 40,
				Claim: true, Counted: 3, Replies: true,
			}
			data, err := EncodeTurn(turn, here)
			require.NoError(t, err)
			got, err := DecodeTurn(data, there)
			require.NoError(t, err)
			want := inv
			want.Received = there.Add(-time.Second)
			if deadline != 0 {
				want.Deadline = there.Add(deadline)
			}
			turn.Invocation = &want
			require.Equal(t, turn, got)
		})
	}
}

func TestTurnOfAnAlarm(t *testing.T) {
	now := time.UnixMilli(1764140938123)
	inv := &function.Invocation{ID: "a1", Function: "order", Header: function.Header{}, Attempt: 1, Received: now, Patient: true}
	turn := &stream.Turn{Invocation: inv, Key: "7", Stream: "ORDERS@1", Alarm: true, Now: now, Epoch: 3, Counted: 1}
	data, err := EncodeTurn(turn, now)
	require.NoError(t, err)
	got, err := DecodeTurn(data, now)
	require.NoError(t, err)
	require.Equal(t, turn, got)
}

func TestAnswerThereAndBack(t *testing.T) {
	for _, a := range []*stream.Answer{
		{End: stream.Committed, Revision: 7, Counted: 1, Result: &function.Result{Outcome: function.OK, Body: []byte("b"), Receipt: function.Receipt{Node: "n2", Runtime: 1}}},
		{End: stream.Applied, Revision: 7, Counted: 1, Alarm: stream.Alarm{Number: 3, At: 1764140938123}},
		{End: stream.Failed, Counted: 2, Result: function.Failure(function.Exception, "no"), Invocation: "a0d4"},
		{End: stream.Spent, Counted: 6},
		{End: stream.Fenced, Counted: 1},
		{End: stream.Dropped, Counted: 1},
	} {
		data, err := EncodeAnswer(a)
		require.NoError(t, err)
		got, err := DecodeAnswer(data)
		require.NoError(t, err)
		require.Equal(t, a, got)
	}
}

// What is no turn, or no answer, is told to be that, and nothing else comes of it.
func TestTurnsThatAreNone(t *testing.T) {
	whole := &isolanev1.Turn{Invocation: &isolanev1.Invocation{Id: "a", Function: "f"}, Stream: "A@1", Sequence: 1, Epoch: 1}
	for name, spoil := range map[string]func(*isolanev1.Turn){
		"no invocation": func(m *isolanev1.Turn) { m.Invocation = nil },
		"no function":   func(m *isolanev1.Turn) { m.Invocation.Function = "" },
		"no stream":     func(m *isolanev1.Turn) { m.Stream = "" },
		"no sequence":   func(m *isolanev1.Turn) { m.Sequence = 0 },
		"no epoch":      func(m *isolanev1.Turn) { m.Epoch = 0 },
	} {
		m, ok := proto.Clone(whole).(*isolanev1.Turn)
		require.True(t, ok)
		spoil(m)
		data, err := proto.Marshal(m)
		require.NoError(t, err)
		_, err = DecodeTurn(data, time.Now())
		require.ErrorIs(t, err, ErrMalformed, name)
	}
	for _, m := range []*isolanev1.Answer{{}, {End: 7}, {End: -1}, {End: isolanev1.End_END_COMMITTED}, {End: isolanev1.End_END_APPLIED, Result: &isolanev1.Result{Outcome: "good"}}} {
		data, err := proto.Marshal(m)
		require.NoError(t, err)
		_, err = DecodeAnswer(data)
		require.ErrorIs(t, err, ErrMalformed, "%v", m)
	}
}

func FuzzTurn(f *testing.F) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	data, err := EncodeTurn(&stream.Turn{Invocation: &function.Invocation{ID: "a", Function: "f"}, Key: "k", Stream: "A@1", Sequence: 1, Epoch: 1}, now)
	require.NoError(f, err)
	f.Add(data)
	data, err = EncodeAnswer(&stream.Answer{End: stream.Failed, Result: function.Failure(function.Exception, "no")})
	require.NoError(f, err)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if turn, err := DecodeTurn(data, now); err == nil {
			again, err := EncodeTurn(turn, now)
			require.NoError(t, err)
			back, err := DecodeTurn(again, now)
			require.NoError(t, err)
			require.Equal(t, turn, back)
		} else {
			require.ErrorIs(t, err, ErrMalformed)
		}
		if a, err := DecodeAnswer(data); err == nil {
			again, err := EncodeAnswer(a)
			require.NoError(t, err)
			back, err := DecodeAnswer(again)
			require.NoError(t, err)
			require.Equal(t, a.End, back.End)
		} else {
			require.ErrorIs(t, err, ErrMalformed)
		}
	})
}
