package admin_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

func connect(t *testing.T) *nats.Conn {
	t.Helper()
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.JetStream = 0, false
	server, err := bridge.StartServer(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Shutdown(context.Background())) })
	conn, err := nats.Connect(server.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

func answer(t *testing.T, conn *nats.Conn, node string) *admin.Responder {
	t.Helper()
	r, err := admin.Answer(conn, node, func() admin.Report {
		return admin.Report{Node: node, Runtimes: 2, Functions: []admin.Function{{Name: "hello", Outcomes: map[string]uint64{"ok": 3}}}}
	})
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	return r
}

func TestAsk(t *testing.T) {
	conn := connect(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()

	_, err := admin.Ask(ctx, conn, "")
	require.ErrorIs(t, err, admin.ErrNoNode)

	b := answer(t, conn, "b")
	a := answer(t, conn, "a")
	reports, err := admin.Ask(ctx, conn, "")
	require.NoError(t, err)
	require.Len(t, reports, 2)
	require.Equal(t, "a", reports[0].Node)
	require.Equal(t, uint64(3), reports[0].Functions[0].Outcomes["ok"])

	began := time.Now()
	reports, err = admin.Ask(ctx, conn, "b")
	require.NoError(t, err)
	require.Len(t, reports, 1)
	require.Equal(t, "b", reports[0].Node)
	require.Less(t, time.Since(began), 200*time.Millisecond, "one node was asked: nobody else is waited for")

	_, err = admin.Ask(ctx, conn, "c")
	require.ErrorIs(t, err, admin.ErrNoNode)
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
	require.NoError(t, b.Close())
	_, err = admin.Ask(ctx, conn, "")
	require.ErrorIs(t, err, admin.ErrNoNode)
}

func TestAskDoesNotUnderstand(t *testing.T) {
	conn := connect(t)
	answer(t, conn, "a")
	_, err := conn.Subscribe("isolane.functions", func(m *nats.Msg) { _ = m.Respond([]byte("?")) })
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	reports, err := admin.Ask(t.Context(), conn, "")
	require.ErrorIs(t, err, admin.ErrAnswer)
	require.Len(t, reports, 1)
}

func TestAskNobodyAnswersInTime(t *testing.T) {
	conn := connect(t)
	_, err := conn.Subscribe("isolane.functions", func(*nats.Msg) {})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = admin.Ask(ctx, conn, "")
	require.ErrorIs(t, err, admin.ErrNoNode)
}
