package route

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cmd/isolane/internal/wire"
	"github.com/isolane/isolane/jsruntime/function"
)

func aTurn() *stream.Turn {
	return &stream.Turn{
		Invocation: &function.Invocation{ID: "s1", Function: "order", Subject: "orders.7.new", Header: function.Header{}, Payload: []byte("x"), Attempt: 1},
		Key:        "7", Stream: "ORDERS@1", Sequence: 8, Epoch: 3, Contested: 5, Revision: 21, Counted: 1, Replies: true,
	}
}

// What a peer says of a turn comes back as it was said, and whoever hands it on knows whether it
// surely never ran.
func TestTurnToAPeer(t *testing.T) {
	committed, err := wire.EncodeAnswer(&stream.Answer{
		End: stream.Committed, Revision: 22, Counted: 1, Result: &function.Result{Outcome: function.OK, Body: []byte("done"), Receipt: function.Receipt{Node: "n2"}},
	})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		reply    []byte
		err      error
		notTaken bool
	}{
		"committed":       {reply: committed},
		"refused":         {err: &cluster.RefusedError{Message: "it drains"}, notTaken: true},
		"not delivered":   {err: cluster.ErrNotDelivered, notTaken: true},
		"too large":       {err: &cluster.TooLargeError{Size: 9, Limit: 8}, notTaken: true},
		"no answer":       {err: cluster.ErrNoAnswer},
		"it ran badly":    {err: &cluster.RemoteError{Message: "the reply is too large"}},
		"not an answer":   {reply: []byte("no protobuf")},
		"an end of later": {reply: []byte{0x08, 0x63}},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(Config{})
			defer r.Close()
			p := &peers{reply: c.reply, err: c.err}
			r.Bind(&here{}, p)
			var got *stream.Answer
			var gotErr error
			ended := 0
			r.Turn(t.Context(), "n2", aTurn(), func(a *stream.Answer, err error) { got, gotErr, ended = a, err, ended+1 })
			require.Equal(t, 1, ended)
			require.Equal(t, 1, p.calls)
			require.Equal(t, c.notTaken, errors.Is(gotErr, stream.ErrNotTaken), "%v", gotErr)
			if name != "committed" {
				require.Error(t, gotErr)
				return
			}
			require.NoError(t, gotErr)
			require.Equal(t, stream.Committed, got.End)
			require.EqualValues(t, 22, got.Revision)
			require.Equal(t, "done", string(got.Result.Body))
		})
	}
}

// keysHere answers each turn in the same way.
type keysHere struct {
	answer *stream.Answer
	err    error
	got    *stream.Turn
}

func (k *keysHere) Serve(_ context.Context, t *stream.Turn, done func(*stream.Answer, error)) {
	k.got = t
	done(k.answer, k.err)
}

// What a peer hands on is run as it was handed on; what was not run is refused.
func TestTurnOfAPeer(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := New(Config{Now: func() time.Time { return now }})
	defer r.Close()
	turn := aTurn()
	serve := func(turn *stream.Turn) (reply []byte, err error) {
		body, encodeErr := wire.EncodeTurn(turn, now)
		require.NoError(t, encodeErr)
		r.ServeTurn(t.Context(), cluster.Request{From: "n1", Kind: Turn, Body: body}, func(b []byte, e error) { reply, err = b, e })
		return reply, err
	}
	var refused *cluster.RefusedError
	_, err := serve(turn)
	require.ErrorAs(t, err, &refused, "nobody is bound yet")

	keys := &keysHere{answer: &stream.Answer{End: stream.Committed, Revision: 30, Counted: 2, Result: &function.Result{Outcome: function.OK, Body: []byte("b")}}}
	r.BindKeys(keys)
	reply, err := serve(turn)
	require.NoError(t, err)
	require.Equal(t, turn.Key, keys.got.Key)
	require.Equal(t, turn.Revision, keys.got.Revision)
	answer, err := wire.DecodeAnswer(reply)
	require.NoError(t, err)
	require.Equal(t, "b", string(answer.Result.Body))

	turn.Replies = false
	reply, err = serve(turn)
	require.NoError(t, err)
	answer, err = wire.DecodeAnswer(reply)
	require.NoError(t, err)
	require.Empty(t, answer.Result.Body, "nobody reads it")
	require.Equal(t, "b", string(keys.answer.Result.Body), "what it was made from stays")

	keys.err = stream.ErrNotTaken
	_, err = serve(turn)
	require.ErrorAs(t, err, &refused)
	require.True(t, refused.Elsewhere)

	r.ServeTurn(t.Context(), cluster.Request{Body: []byte("no protobuf")}, func(_ []byte, e error) { err = e })
	require.ErrorAs(t, err, &refused)
}
