package bridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/jsruntime/function"
)

func itoa(n int) string { return strconv.Itoa(n) }

func TestPayloadsGoThroughUnharmed(t *testing.T) {
	r := newRig(t, dispatch(echo), nil)
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for name, payload := range map[string][]byte{
		"all byte values": all,
		"empty":           {},
		"protocol text":   []byte("PUB fn.x 1\r\nMSG\r\n+OK\r\n"),
		"one MiB":         bytes.Repeat(all, 4096),
		"four MiB":        bytes.Repeat(all, 4*4096),
	} {
		t.Run(name, func(t *testing.T) {
			reply := r.call(t, "fn.echo", payload)
			require.True(t, bytes.Equal(payload, reply.Data), "%d bytes came back of %d", len(reply.Data), len(payload))
			require.Equal(t, nats.Header{receipt.Header: {`queued=0, attempts=0`}}, reply.Header, "an echo needs no other header")
		})
	}
}

func TestWhatTheDispatcherSees(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	seen := make(chan function.Invocation, 1)
	r := newRig(t, dispatch(func(inv *function.Invocation, done func(*function.Result)) {
		seen <- *inv
		done(&function.Result{Outcome: function.OK})
	}), func(_ *Config, d *Deps) { d.Clock = func() time.Time { return now } })

	r.request(t, &nats.Msg{Subject: "fn.hello.eu.west", Data: []byte("x"), Header: nats.Header{
		HeaderInvocation: {"my-id"},
		HeaderTimeout:    {"500ms"},
		"traceparent":    {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		"X-Many":         {"a", "b"},
		"x-many":         {"c"},
	}})
	got := <-seen
	require.Equal(t, function.Invocation{
		ID: "my-id", Function: "hello", Subject: "fn.hello.eu.west", Payload: []byte("x"), Attempt: 1,
		Received: now, Deadline: now.Add(500 * time.Millisecond),
		Header: function.Header{
			HeaderInvocation: {"my-id"},
			HeaderTimeout:    {"500ms"},
			"traceparent":    {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
			"X-Many":         {"a", "b"},
			"x-many":         {"c"},
		},
	}, got)

	r.call(t, "fn.hello", nil)
	got = <-seen
	require.Nil(t, got.Header)
	require.Len(t, got.ID, 22, "a nuid")
	require.Zero(t, got.Deadline)
}

func TestHeadersOfAReply(t *testing.T) {
	r := newRig(t, answer(&function.Result{
		Outcome: function.OK, Body: []byte("body"), Status: 201,
		Header: function.Header{
			"Content-Type":   {"text/plain; charset=utf-8"},
			"Set-Cookie":     {"a=1", "b=2"},
			"isolane-status": {"999"}, "Isolane-Outcome": {"crashed"}, "NATS-Service-Error-Code": {"1"},
			"Nats-Msg-Id": {"1"}, "Status": {"503"},
			"bad name": {"x"}, "": {"x"}, "X-Split": {"a\r\nIsolane-Outcome: ok", "kept"}, "X-Bytes": {"\xff"},
		},
	}), nil)
	reply := r.call(t, "fn.hello", nil)
	require.Equal(t, nats.Header{
		receipt.Header: {"queued=0, attempts=0"},
		"Content-Type": {"text/plain; charset=utf-8"},
		"Set-Cookie":   {"a=1", "b=2"},
		"X-Split":      {"kept"},
		HeaderStatus:   {"201"},
	}, reply.Header)
	require.Equal(t, "body", string(reply.Data))
	require.EqualValues(t, 9, r.bridge.Stats().DroppedHeaders)
	r.logs.Await(t, "headers left out of a reply")
}

func TestEveryFailureReachesTheCaller(t *testing.T) {
	for _, outcome := range function.Outcomes() {
		if outcome == function.OK {
			continue
		}
		t.Run(outcome.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, answer(&function.Result{
				Outcome: outcome, Message: "it\r\nbroke", Location: "a.ts:1:2", Stack: "Error: it\n    at <anonymous> a.ts:1:2",
				RetryAfter: 1500 * time.Millisecond,
			}), nil)
			reply := r.request(t, &nats.Msg{Subject: "fn.a", Header: nats.Header{HeaderInvocation: {"id-1"}}})
			requireOutcome(t, outcome, reply)
			require.Equal(t, "it broke", reply.Header.Get(HeaderError))
			require.Equal(t, "id-1", reply.Header.Get(HeaderInvocation))
			require.Equal(t, "a.ts:1:2", reply.Header.Get(HeaderLocation))
			if outcome == function.Overloaded {
				require.Equal(t, "2", reply.Header.Get(HeaderRetryAfter))
			} else {
				require.Empty(t, reply.Header.Get(HeaderRetryAfter))
			}
			if outcome != function.Exception {
				require.Empty(t, reply.Data)
				return
			}
			var body map[string]any
			require.NoError(t, json.Unmarshal(reply.Data, &body))
			require.Equal(t, map[string]any{
				"outcome": "exception", "code": 500.0, "message": "it\r\nbroke", "location": "a.ts:1:2",
				"stack": "Error: it\n    at <anonymous> a.ts:1:2", "invocation": "id-1",
			}, body)
		})
	}
}

func TestMessagesThatBreakTheContract(t *testing.T) {
	r := newRig(t, dispatch(func(inv *function.Invocation, done func(*function.Result)) {
		done(function.Failure(function.NotFound, "no function is named "+inv.Function))
	}), nil)
	tests := map[string]struct {
		subject string
		header  nats.Header
		outcome function.Outcome
		text    string
	}{
		"deadline is no time":    {subject: "fn.a", header: nats.Header{HeaderDeadline: {"soon"}}, outcome: function.BadRequest, text: "RFC 3339"},
		"timeout is no duration": {subject: "fn.a", header: nats.Header{HeaderTimeout: {"500"}}, outcome: function.BadRequest, text: "500ms"},
		"deadline in the past":   {subject: "fn.a", header: nats.Header{HeaderDeadline: {"2001-01-01T00:00:00Z"}}, outcome: function.Timeout, text: "was not run"},
		"timeout used up":        {subject: "fn.a", header: nats.Header{HeaderTimeout: {"0s"}}, outcome: function.Timeout, text: "was not run"},
		"wildcard":               {subject: "fn.a.*", outcome: function.BadRequest, text: "wildcard"},
		"no function's name":     {subject: "fn.Hello", outcome: function.NotFound, text: "lower-case"},
		"unknown function":       {subject: "fn.nobody", outcome: function.NotFound, text: "nobody"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			reply := r.request(t, &nats.Msg{Subject: tc.subject, Header: tc.header})
			requireOutcome(t, tc.outcome, reply)
			require.Contains(t, reply.Header.Get(HeaderError), tc.text)
		})
	}
	s := r.bridge.Stats()
	require.EqualValues(t, 7, s.Received)
	require.EqualValues(t, 1, s.Accepted)
	require.EqualValues(t, 3, s.Malformed)
	require.EqualValues(t, 2, s.Expired)
	require.EqualValues(t, 1, s.Unknown)
	require.Equal(t, map[function.Outcome]uint64{function.BadRequest: 3, function.Timeout: 2, function.NotFound: 2}, s.Outcomes)
	waitFor(t, "the report", func() (bool, any) {
		logs := r.logs.String()
		return strings.Contains(logs, "messages were not handled"), logs
	})
}

func TestFireAndForget(t *testing.T) {
	r := newRig(t, dispatch(func(inv *function.Invocation, done func(*function.Result)) {
		if inv.Function == "ok" {
			done(&function.Result{Outcome: function.OK, Body: []byte("nobody reads this")})
			return
		}
		done(function.Failure(function.Exception, "it broke"))
	}), nil)
	out := r.bridge.deps.Conn.Stats().OutMsgs
	require.NoError(t, r.client.Publish("fn.ok", nil))
	require.NoError(t, r.client.PublishMsg(&nats.Msg{Subject: "fn.bad", Header: nats.Header{HeaderInvocation: {"id-9"}}}))
	waitFor(t, "both outcomes", func() (bool, any) {
		s := r.bridge.Stats()
		return s.Outcomes[function.OK] == 1 && s.NoReplyFailures == 1 && s.Pending == 0, s
	})
	require.Equal(t, out, r.bridge.deps.Conn.Stats().OutMsgs, "nothing is published")
	r.logs.Await(t, `invocation=id-9 function=bad subject=fn.bad outcome=exception error="it broke"`)
}

func TestReplyOverTheMaxPayload(t *testing.T) {
	cfg := serverConfig(t)
	cfg.MaxPayload = 4096
	exact := bytes.Repeat([]byte("x"), cfg.MaxPayload)
	results := make(chan *function.Result, 1)
	r := newRigOn(t, runServer(t, cfg), dispatch(func(_ *function.Invocation, done func(*function.Result)) { done(<-results) }), nil)

	results <- &function.Result{Outcome: function.OK, Body: exact}
	require.Len(t, r.call(t, "fn.a", nil).Data, 4096)

	for name, res := range map[string]*function.Result{
		"body":              {Outcome: function.OK, Body: append(exact, 'x')},
		"body with headers": {Outcome: function.OK, Body: exact, Status: 200},
		"headers":           {Outcome: function.OK, Header: function.Header{"X": {strings.Repeat("h", 5000)}}},
	} {
		t.Run(name, func(t *testing.T) {
			results <- res
			reply := r.call(t, "fn.a", nil)
			requireOutcome(t, function.TooLarge, reply)
			require.Contains(t, reply.Header.Get(HeaderError), "max payload of 4096")
		})
	}
	waitFor(t, "a line that says what to do", func() (bool, any) {
		logs := r.logs.String()
		return containsAll(logs, "a reply was not sent, since it is larger than the server takes", "raise the server's max_payload", "function=a max_payload=4096"), logs
	})
	t.Run("an exception's stack is left out", func(t *testing.T) {
		results <- &function.Result{Outcome: function.Exception, Message: "m", Stack: strings.Repeat("s", 5000)}
		reply := r.call(t, "fn.a", nil)
		requireOutcome(t, function.Exception, reply)
		require.Empty(t, reply.Data)
	})
	require.EqualValues(t, 3, r.bridge.Stats().Outcomes[function.TooLarge])
	require.Zero(t, r.bridge.Stats().PublishFailures)
}

func TestInvalidReplySubjectIsNotRun(t *testing.T) {
	r := newRig(t, dispatch(echo), nil)
	for _, reply := range []string{"a.*", ">", "a..b", strings.Repeat("r", 2000)} {
		require.NoError(t, r.client.PublishRequest("fn.a", reply, []byte("x")))
	}
	waitFor(t, "four refusals", func() (bool, any) {
		s := r.bridge.Stats()
		return s.InvalidReplies == 4, s
	})
	s := r.bridge.Stats()
	require.Zero(t, s.Accepted)
	require.EqualValues(t, 4, s.Malformed)
	r.logs.Await(t, "its reply subject is not valid")
	require.Equal(t, "x", string(r.call(t, "fn.a", []byte("x")).Data))
}

// TestLongReplySubjectDoesNotCloseTheConnection: the caller's control line is
// just within the server's limit, that of a reply with headers would be over it,
// and the server would close our connection for good.
func TestLongReplySubjectDoesNotCloseTheConnection(t *testing.T) {
	r := newRig(t, dispatch(echo), nil)
	require.NoError(t, r.client.PublishRequest("fn.A", strings.Repeat("r", 4089), []byte("x")))
	waitFor(t, "the refusal", func() (bool, any) { s := r.bridge.Stats(); return s.InvalidReplies == 1, s })
	require.Equal(t, "still here", string(r.call(t, "fn.a", []byte("still here")).Data))
	require.Zero(t, r.bridge.Stats().Disconnects)
}

func TestPanicCostsOneMessage(t *testing.T) {
	r := newRig(t, dispatch(func(inv *function.Invocation, done func(*function.Result)) {
		switch inv.Function {
		case "panics":
			panic("out of cheese")
		case "answers-first":
			done(&function.Result{Outcome: function.OK, Body: []byte("first")})
			panic("too late")
		case "nil":
			done(nil)
		case "zero":
			done(&function.Result{})
		default:
			echo(inv, done)
		}
	}), nil)
	reply := r.call(t, "fn.panics", nil)
	requireOutcome(t, function.Crashed, reply)
	require.Contains(t, reply.Header.Get(HeaderError), "out of cheese")
	require.Equal(t, "first", string(r.call(t, "fn.answers-first", nil).Data))
	requireOutcome(t, function.Crashed, r.call(t, "fn.nil", nil))
	requireOutcome(t, function.Crashed, r.call(t, "fn.zero", nil))
	require.Equal(t, "x", string(r.call(t, "fn.fine", []byte("x")).Data))
	s := r.bridge.Stats()
	require.EqualValues(t, 2, s.Panics)
	require.Zero(t, s.Pending)
	r.logs.Await(t, "receive.go")
}

func TestQueueGroupSharesMessages(t *testing.T) {
	s := runServer(t, serverConfig(t))
	first := newRigOn(t, s, dispatch(echo), nil)
	second := newRigOn(t, s, dispatch(echo), nil)
	const n = 500
	for i := range n {
		payload := fmt.Sprint(i)
		require.Equal(t, payload, string(first.call(t, "fn.echo", []byte(payload)).Data))
	}
	a, b := first.bridge.Stats(), second.bridge.Stats()
	require.EqualValues(t, n, a.Received+b.Received, "each message is handled once")
	require.NotZero(t, a.Received)
	require.NotZero(t, b.Received)
}

func TestOtherPrefix(t *testing.T) {
	r := newRig(t, dispatch(echo), func(c *Config, _ *Deps) { c.Prefix = "prod.fn" })
	require.Equal(t, "x", string(r.call(t, "prod.fn.a.b", []byte("x")).Data))
	_, err := r.client.Request("fn.a", nil, time.Minute)
	require.ErrorIs(t, err, nats.ErrNoResponders)
}
