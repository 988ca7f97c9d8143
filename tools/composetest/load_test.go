package main

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
)

func connected(t *testing.T) *nats.Conn {
	t.Helper()
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.JetStream = 0, false
	server, err := bridge.StartServer(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Shutdown(context.WithoutCancel(t.Context()))) })
	conn, err := nats.Connect(server.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// answer serves subject with reply; nil never answers.
func answer(t *testing.T, conn *nats.Conn, subject string, reply *nats.Msg) {
	t.Helper()
	_, err := conn.Subscribe(subject, func(msg *nats.Msg) {
		if reply != nil {
			_ = msg.RespondMsg(reply)
		}
	})
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
}

func TestCallsAreTold(t *testing.T) {
	conn := connected(t)
	answer(t, conn, "fn.ok", &nats.Msg{})
	answer(t, conn, "fn.crashed", &nats.Msg{Header: nats.Header{"Isolane-Outcome": {"crashed"}}})
	answer(t, conn, "fn.silent", nil)
	l := &load{conn: conn, cfg: config{timeout: 100 * time.Millisecond}}
	for subject, want := range map[string]string{
		"fn.ok": ok, "fn.crashed": "crashed", "fn.silent": noReply, "fn.nobody": "no node listens",
	} {
		require.Equal(t, want, l.call(t.Context(), subject, ""), subject)
	}
}

func TestTheLoadIsAsMuchAsWasAsked(t *testing.T) {
	conn := connected(t)
	answer(t, conn, "fn.*", &nats.Msg{})
	l := startLoad(t.Context(), conn, config{rate: 1000, duration: 300 * time.Millisecond, timeout: 10 * time.Second})
	require.NoError(t, l.wait(t.Context()))
	s := l.summary()
	require.Zero(t, s.failed(), "%s", s)
	require.LessOrEqual(t, s.total, 300)
	require.Positive(t, s.total)
}

func TestTheLoadEndsEarly(t *testing.T) {
	conn := connected(t)
	answer(t, conn, "fn.*", nil)
	l := startLoad(t.Context(), conn, config{rate: 1000, duration: time.Hour, timeout: time.Hour})
	l.stop()
}
