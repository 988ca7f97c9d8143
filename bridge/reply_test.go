package bridge

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestCeilSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1", -time.Second: "1", time.Nanosecond: "1", time.Second: "1", time.Second + 1: "2", 90 * time.Second: "90",
	} {
		require.Equal(t, want, ceilSeconds(d), d)
	}
}

func TestMakeReplyBoundsWhatAFunctionThrows(t *testing.T) {
	huge := strings.Repeat("日", 1<<20)
	inv := &function.Invocation{ID: "id"}
	r := makeReply(inv, &function.Result{Outcome: function.Exception, Message: huge, Location: huge, Stack: huge}, time.Second, 1<<20)
	require.LessOrEqual(t, len(r.header[HeaderError][0]), maxErrorHeader)
	require.LessOrEqual(t, len(r.header[HeaderLocation][0]), maxErrorHeader)
	require.Less(t, len(r.body), 100<<10)
	require.True(t, json.Valid(r.body))
	require.NotContains(t, string(r.body), "\uFFFD", "cut between runes")
}

func TestMakeReplyUnderATinyMaxPayload(t *testing.T) {
	inv := &function.Invocation{ID: "id"}
	res := &function.Result{Outcome: function.Exception, Message: strings.Repeat("m", 400), Location: strings.Repeat("l", 400)}
	r := makeReply(inv, res, time.Second, 300)
	require.LessOrEqual(t, r.size(), int64(300))
	require.Empty(t, r.body)
	require.Equal(t, nats.Header{
		HeaderErrorCode: {"500"}, HeaderError: {"exception"}, HeaderOutcome: {"exception"}, HeaderInvocation: {"id"},
	}, r.header)
}

func TestMakeReplyLeavesTheResultAlone(t *testing.T) {
	res := &function.Result{Outcome: function.OK, Status: 204, Header: function.Header{"A": {"b"}, "Nats-X": {"y"}}}
	makeReply(&function.Invocation{}, res, time.Second, 1<<20)
	require.Equal(t, function.Header{"A": {"b"}, "Nats-X": {"y"}}, res.Header)
	shed := &function.Result{Outcome: function.Overloaded}
	r := makeReply(&function.Invocation{}, shed, 3*time.Second, 1<<20)
	require.Equal(t, "3", r.header[HeaderRetryAfter][0])
	require.Zero(t, shed.RetryAfter)
}

func TestReplySizeIsTheServers(t *testing.T) {
	for name, r := range map[string]reply{
		"body":    {body: []byte("12345")},
		"nothing": {},
		"headers": {body: []byte("12345"), header: nats.Header{"A": {"b", "c"}}},
	} {
		t.Run(name, func(t *testing.T) {
			want := len(r.body)
			if len(r.header) > 0 {
				want += len("NATS/1.0\r\n" + "A: b\r\n" + "A: c\r\n" + "\r\n")
			}
			require.EqualValues(t, want, r.size())
		})
	}
}

func TestJoinNames(t *testing.T) {
	require.Equal(t, "a, b", joinNames([]string{"a", "b"}))
	require.Equal(t, "x, x, x, x, x, x, x, x and 2 more", joinNames(strings.Split(strings.Repeat("x", 10), "")))
}

func TestBudget(t *testing.T) {
	var b budget
	granted := 0
	for range linesPerInterval + 7 {
		if b.spend() {
			granted++
		}
	}
	require.Equal(t, linesPerInterval, granted)
	require.EqualValues(t, 7, b.refill())
	require.Zero(t, b.refill())
	require.True(t, b.spend())
}

// FuzzMakeReply: a reply always fits, names a valid outcome, and its headers can
// be sent.
func FuzzMakeReply(f *testing.F) {
	f.Add(uint8(1), "body", "X", "v", "m", "s", 200, 1000)
	f.Add(uint8(6), "", "", "", "m\r\n", "at <a>", 0, 250)
	f.Add(uint8(99), "", "", "", "", "", -1, 4096)
	f.Fuzz(func(t *testing.T, outcome uint8, body, name, value, message, stack string, status, limit int) {
		limit = 256 + limit&0xffff
		inv := &function.Invocation{ID: "id"}
		r := makeReply(inv, &function.Result{
			Outcome: function.Outcome(outcome), Body: []byte(body), Header: function.Header{name: {value}},
			Message: message, Location: stack, Stack: stack, Status: status,
		}, time.Second, int64(limit))
		if !r.outcome.Valid() || r.size() > int64(limit) {
			t.Fatalf("%v of %d bytes over %d", r.outcome, r.size(), limit)
		}
		for name, values := range r.header {
			if !headerNameOK(name) {
				t.Fatalf("name %q", name)
			}
			for _, v := range values {
				if !headerValueOK(v) {
					t.Fatalf("%s: %q", name, v)
				}
			}
		}
		if r.outcome == function.Exception && r.body != nil && !json.Valid(r.body) {
			t.Fatalf("%q", r.body)
		}
	})
}
