package deadletter

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func letter() *Letter {
	return &Letter{
		Box: "dlq.pay", Function: "pay", Version: "v1", Outcome: function.Exception,
		Error: "no\r\nmoney \"at all\" \\ \x00 ü", Location: "pay.ts:3:1", Stack: "Error\n\tat pay", Reason: "delivery 5 of at most 5",
		Attempts: 5, Invocation: "s123", Node: "n1", Trace: "4bf92f3577b34da6a3ce929d0e0e4736", Receipt: function.Receipt{
			Queued: time.Millisecond, Wall: 3 * time.Millisecond, CPU: time.Millisecond, IO: time.Microsecond, Heap: 9, Cold: true, Node: `n"1`, Runtime: 1, Version: `v\1`, Attempts: 2,
		}, Record: "ORDERS:77", Stream: "ORDERS", Sequence: 77,
		Stored: time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC), Subject: "orders.7.new",
		Header:  function.Header{"X-A": {"1", "2"}, "Nats-Msg-Id": {"order-7"}, "nats-ttl": {"1s"}, "Isolane-Deadline": {"x"}, "Status": {"503"}},
		Payload: []byte{0, 1, 255},
	}
}

func TestLetterIsReadAsItWasWritten(t *testing.T) {
	l := letter()
	msg, err := l.Message(1 << 20)
	require.NoError(t, err)
	require.Equal(t, l.ID(), msg.Header.Get(nats.MsgIdHdr))
	require.Empty(t, msg.Header["nats-ttl"], "JetStream would act on it")
	for name, values := range msg.Header {
		require.NotContains(t, name, "\n")
		for _, v := range values {
			require.False(t, strings.ContainsAny(v, "\r\n\x00"), "%s: %q", name, v)
		}
	}
	back, err := Read(msg.Subject, msg.Header, msg.Data)
	require.NoError(t, err)
	require.Equal(t, l, back)
}

func TestLetterThatHardlyFits(t *testing.T) {
	l := letter()
	l.Stack = strings.Repeat("at pay\n", 10_000)
	l.Payload = bytes.Repeat([]byte("x"), 10_000)
	whole, err := l.Message(1 << 20)
	require.NoError(t, err)
	require.NotEmpty(t, whole.Header.Get(headerStack))
	fits := 0
	for most := int64(10_000); most < 40_000; most += 97 {
		msg, err := l.Message(most)
		if err != nil {
			require.ErrorIs(t, err, ErrTooLarge)
			require.Zero(t, fits, "what fits in less fits in more")
			continue
		}
		fits++
		require.LessOrEqual(t, int64(msg.Size()-len(msg.Subject)), most)
		back, err := Read(msg.Subject, msg.Header, msg.Data)
		require.NoError(t, err)
		require.Equal(t, l.Payload, back.Payload)
		require.Equal(t, l.Header, back.Header)
		require.Equal(t, l.Sequence, back.Sequence)
	}
	require.Positive(t, fits)
}

func TestReadRefusesWhatIsForeign(t *testing.T) {
	_, err := Read("dlq.x", nil, nil)
	require.ErrorIs(t, err, ErrForeign)
	for _, name := range []string{"Isolane-Outcome", headerSequence, headerStored, headerAttempts, headerFunction, headerStream, headerSubject} {
		msg, err := letter().Message(1 << 20)
		require.NoError(t, err)
		msg.Header.Del(name)
		_, err = Read(msg.Subject, msg.Header, msg.Data)
		require.ErrorIs(t, err, ErrForeign, name)
	}
}

// FuzzLetter: whatever stands in an error comes back, on one line on the way.
func FuzzLetter(f *testing.F) {
	for _, seed := range []string{"", "a", "a\nb", `\n`, `"\"`, "\xff", "\u2028", `\x41`, `a\`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l := letter()
		l.Error = text
		msg, err := l.Message(1 << 20)
		require.NoError(t, err)
		require.False(t, strings.ContainsAny(msg.Header.Get(headerError), "\r\n\x00"))
		back, err := Read(msg.Subject, msg.Header, msg.Data)
		require.NoError(t, err)
		if len(text) <= maxError {
			require.Equal(t, strings.ToValidUTF8(text, "\uFFFD"), back.Error)
		}
	})
}

// FuzzRead: no header makes it panic, or take what it could not write again.
func FuzzRead(f *testing.F) {
	f.Add("exception", "1", "2026-01-02T03:04:05Z", "1", "pay")
	f.Add("", "-1", "now", "x", "")
	f.Fuzz(func(t *testing.T, outcome, sequence, stored, attempts, name string) {
		l, err := Read("dlq.pay", nats.Header{
			"Isolane-Outcome": {outcome}, headerSequence: {sequence}, headerStored: {stored}, headerAttempts: {attempts},
			headerFunction: {name}, headerStream: {"S"}, headerSubject: {"s"},
		}, nil)
		if err != nil {
			require.ErrorIs(t, err, ErrForeign)
			return
		}
		require.True(t, l.Outcome.Valid())
		require.NotEmpty(t, l.ID())
	})
}
