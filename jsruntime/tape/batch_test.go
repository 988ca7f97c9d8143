package tape

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// aBatch is n messages with so much in each.
func aBatch(n, size int) (all []Message) {
	for i := range n {
		all = append(all, Message{
			ID: fmt.Sprint("s", i), Subject: "orders.new", Attempt: 2, Payload: []byte(strings.Repeat("x", size)),
			Header: function.Header{"A": {"1"}, function.HeaderStream: {"ORDERS"}, function.HeaderSequence: {fmt.Sprint(i + 1)}, function.HeaderStored: {"2026-01-02T03:04:05Z"}},
		})
	}
	return all
}

// The messages of a batch are in the record as far as there is room, and where each of the others
// stands in its stream; however large they are.
func TestBatchIsRecorded(t *testing.T) {
	for name, c := range map[string]struct{ messages, size, whole int }{
		"one":             {1, 100, 1},
		"few":             {10, 1000, 10},
		"some have room":  {100, 10_000, 19},
		"none has room":   {2, MaxRecord, 0},
		"as many as may":  {function.MaxBatch, 0, function.MaxBatch},
		"larger than all": {function.MaxBatch, 4096, 46},
	} {
		t.Run(name, func(t *testing.T) {
			all := aBatch(c.messages, c.size)
			data, err := aRecorder(nil).Finish(func(t *Tape) { t.Outcome, t.Batch, t.Subject = function.Exception, all, "" })
			require.NoError(t, err)
			require.LessOrEqual(t, len(data), MaxSize)
			back, err := Decode(data)
			require.NoError(t, err)
			require.False(t, back.Cut, "the run is there, whatever of the messages is")
			require.Len(t, back.Batch, c.messages)
			whole := 0
			for i, m := range back.Batch {
				require.Equal(t, all[i].ID, m.ID)
				require.Equal(t, 2, m.Attempt)
				require.Equal(t, fmt.Sprint(i+1), m.Header.Get(function.HeaderSequence))
				require.Equal(t, "ORDERS", m.Header.Get(function.HeaderStream))
				require.Equal(t, "2026-01-02T03:04:05Z", m.Header.Get(function.HeaderStored))
				if m.Left {
					require.Empty(t, m.Payload)
					require.Len(t, m.Header, 3)
					continue
				}
				require.Equal(t, i, whole, "the first ones")
				whole++
				require.Len(t, m.Payload, c.size)
				require.Equal(t, "orders.new", m.Subject)
				require.Equal(t, "1", m.Header.Get("A"))
			}
			require.Equal(t, c.whole, whole)
			require.Len(t, all[0].Payload, c.size, "what was given is left as it is")
		})
	}
	// What JSON makes longer is left out again before anything of the run is.
	all := aBatch(40, 0)
	for i := range all {
		all[i].Header["B"] = []string{strings.Repeat("\x01", 6000)}
	}
	r := aRecorder(nil)
	r.Add(Entry{Kind: Log, Op: "log", Text: "kept"})
	data, err := r.Finish(func(t *Tape) { t.Outcome, t.Batch = function.Exception, all })
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), MaxSize)
	back, err := Decode(data)
	require.NoError(t, err)
	require.Equal(t, []string{"log kept"}, back.Console())
	require.False(t, back.Batch[0].Left)
	require.True(t, back.Batch[39].Left)
}

// The arguments of a call are in its record, without secrets; where they are too long it says so.
func TestCallIsRecorded(t *testing.T) {
	record := func(args []byte) *Tape {
		r := NewRecorder(Tape{Function: "order", Invocation: "i.c1", Key: "7", Method: "add", Payload: args, Attempt: 1},
			func(text string) string { return strings.ReplaceAll(text, "secret", "[redacted]") })
		r.Add(Entry{Kind: Log, Op: "log", Text: "kept"})
		back := finished(t, r)
		require.Equal(t, []string{"log kept"}, back.Console())
		require.False(t, back.Cut)
		return back
	}
	back := record([]byte(`["secret"]`))
	require.JSONEq(t, `["[redacted]"]`, string(back.Payload))
	require.False(t, back.Left)
	run := back.Run()
	require.Equal(t, &function.Invocation{
		ID: "i.c1", Function: "order", Attempt: 1, Payload: []byte(`["[redacted]"]`), Keyed: &function.Keyed{ID: "7", Method: "add"},
	}, run)
	back = record(nil)
	require.Nil(t, back.Payload)
	require.False(t, back.Left)
	back = record(make([]byte, MaxRecord))
	require.True(t, back.Left)
	require.Nil(t, back.Payload)
}

// What a run says of its messages is bounded, and without secrets.
func TestVerdictsAreRecorded(t *testing.T) {
	record := func(reason string) *Tape {
		r := aRecorder(func(text string) string { return strings.ReplaceAll(text, "secret", "[redacted]") })
		data, err := r.Finish(func(t *Tape) {
			t.Outcome, t.Verdicts = function.OK, []function.Verdict{{Action: function.SaidRetry, Delay: 5}, {}, {Action: function.SaidReject, Reason: reason}}
		})
		require.NoError(t, err)
		back, err := Decode(data)
		require.NoError(t, err)
		return back
	}
	back := record("a secret")
	require.Equal(t, []function.Verdict{{Action: function.SaidRetry, Delay: 5}, {}, {Action: function.SaidReject, Reason: "a [redacted]"}}, back.Verdicts)
	back = record(strings.Repeat("x", MaxRecord))
	require.Nil(t, back.Verdicts)
	require.True(t, back.Cut)
}
