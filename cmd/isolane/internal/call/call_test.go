package call_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/call"
	"github.com/isolane/isolane/jsruntime/function"
)

// connect starts a NATS server for the test and connects to it.
func connect(t *testing.T) *nats.Conn {
	t.Helper()
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.JetStream, cfg.MaxPayload = 0, false, 1<<20
	server, err := bridge.StartServer(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Shutdown(context.Background())) })
	conn, err := nats.Connect(server.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// respond answers subject with what answer makes of a message.
func respond(t *testing.T, conn *nats.Conn, subject string, answer func(*nats.Msg) *nats.Msg) {
	t.Helper()
	_, err := conn.Subscribe(subject, func(m *nats.Msg) {
		if reply := answer(m); reply != nil {
			_ = m.RespondMsg(reply)
		}
	})
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
}

func TestDoSends(t *testing.T) {
	conn := connect(t)
	respond(t, conn, "fn.hello.>", func(m *nats.Msg) *nats.Msg {
		require.Equal(t, "fn.hello.eu.berlin", m.Subject)
		require.Equal(t, []string{"1", "2"}, m.Header["x-case"])
		require.Equal(t, "2s", m.Header.Get(bridge.HeaderTimeout))
		return &nats.Msg{Data: append([]byte("got "), m.Data...), Header: nats.Header{"Isolane-Status": {"201"}}}
	})
	reply, err := call.Do(t.Context(), conn, call.Request{
		Prefix: "fn", Function: "hello", Rest: "eu.berlin", Payload: []byte("it"),
		Header: nats.Header{"x-case": {"1", "2"}}, Timeout: 2 * time.Second,
	})
	require.NoError(t, err)
	require.Equal(t, function.OK, reply.Outcome)
	require.Equal(t, "got it", string(reply.Body))
	require.Equal(t, 201, reply.Status)
	require.Positive(t, reply.Total)
}

func TestDoReadsFailures(t *testing.T) {
	conn := connect(t)
	for name, tc := range map[string]struct {
		header nats.Header
		body   string
		want   call.Reply
	}{
		"overloaded": {
			nats.Header{"Isolane-Outcome": {"overloaded"}, "Nats-Service-Error-Code": {"503"}, "Nats-Service-Error": {"full"}, "Retry-After": {"2"}},
			"",
			call.Reply{Outcome: function.Overloaded, Message: "full", RetryAfter: 2 * time.Second},
		},
		"exception": {
			nats.Header{"Isolane-Outcome": {"exception"}, "Nats-Service-Error": {"short"}, "Isolane-Location": {"a.ts:1:2"}, "Isolane-Invocation": {"id"}},
			`{"message":"TypeError: long","stack":"TypeError: long\n    at f (a.ts:1:2)"}`,
			call.Reply{Outcome: function.Exception, Message: "TypeError: long", Location: "a.ts:1:2", Stack: "TypeError: long\n    at f (a.ts:1:2)", Invocation: "id"},
		},
		"exception without a body": {
			nats.Header{"Isolane-Outcome": {"exception"}, "Nats-Service-Error": {"short"}},
			"",
			call.Reply{Outcome: function.Exception, Message: "short"},
		},
		"another service's error": {
			nats.Header{"Nats-Service-Error-Code": {"404"}, "Nats-Service-Error": {"gone"}},
			"",
			call.Reply{Outcome: function.NotFound, Message: "gone"},
		},
		"an outcome of a later version": {
			nats.Header{"Isolane-Outcome": {"bewitched"}, "Nats-Service-Error-Code": {"499"}},
			"",
			call.Reply{Outcome: function.Canceled},
		},
		"nothing known": {
			nats.Header{"Nats-Service-Error-Code": {"777"}},
			"body",
			call.Reply{Outcome: function.Exception},
		},
	} {
		t.Run(name, func(t *testing.T) {
			subject := "fn." + strings.ReplaceAll(name, " ", "-")
			subject = strings.ReplaceAll(subject, "'", "")
			respond(t, conn, subject, func(*nats.Msg) *nats.Msg {
				return &nats.Msg{Header: tc.header, Data: []byte(tc.body)}
			})
			reply, err := call.Do(t.Context(), conn, call.Request{Prefix: "fn", Function: strings.TrimPrefix(subject, "fn.")})
			require.NoError(t, err)
			got := *reply
			require.Equal(t, tc.body, string(got.Body))
			got.Header, got.Body, got.Total = nil, nil, 0
			require.Equal(t, tc.want, got)
		})
	}
}

func TestDoWithoutReply(t *testing.T) {
	conn := connect(t)
	respond(t, conn, "fn.mute", func(*nats.Msg) *nats.Msg { return nil })

	_, err := call.Do(t.Context(), conn, call.Request{Prefix: "fn", Function: "nobody"})
	require.ErrorIs(t, err, call.ErrNoNode)

	reply, err := call.Do(t.Context(), conn, call.Request{Prefix: "fn", Function: "mute", Timeout: time.Millisecond})
	require.NoError(t, err)
	require.Equal(t, function.Timeout, reply.Outcome)

	reply, err = call.Do(t.Context(), conn, call.Request{Prefix: "fn", Function: "mute", Payload: make([]byte, 2<<20)})
	require.NoError(t, err)
	require.Equal(t, function.BadRequest, reply.Outcome)

	over := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(over)
	_, err = call.Do(ctx, conn, call.Request{Prefix: "fn", Function: "mute"})
	require.ErrorIs(t, err, over)
}

func TestDoRefusesWhatCannotBeSent(t *testing.T) {
	for name, req := range map[string]call.Request{
		"name":     {Prefix: "fn", Function: "Hello World"},
		"wildcard": {Prefix: "fn", Function: "hello", Rest: "*"},
		"token":    {Prefix: "fn", Function: "hello", Rest: "a..b"},
		"header":   {Prefix: "fn", Function: "hello", Header: nats.Header{"a:b": {"c"}}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := call.Do(t.Context(), nil, req)
			require.ErrorIs(t, err, call.ErrInvalid)
		})
	}
}

func TestJSON(t *testing.T) {
	for name, tc := range map[string]struct {
		body, want, encoding string
	}{
		"text":   {"é", "é", ""},
		"binary": {"\xff\x00", "/wA=", "base64"},
		"empty":  {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			reply := call.Reply{Outcome: function.OK, Body: []byte(tc.body), Total: 1500 * time.Microsecond}
			text, err := reply.JSON()
			require.NoError(t, err)
			var got map[string]any
			require.NoError(t, json.Unmarshal(text, &got))
			require.Equal(t, "ok", got["outcome"])
			require.Equal(t, tc.want, got["body"])
			require.Equal(t, map[string]any{"total": 1.5, "unit": "ms"}, got["times"])
			require.Equal(t, map[string]any{}, got["headers"])
			if tc.encoding == "" {
				require.NotContains(t, got, "encoding")
			} else {
				require.Equal(t, tc.encoding, got["encoding"])
			}
		})
	}
}
