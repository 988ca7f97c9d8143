package admin_test

import (
	"context"
	"errors"
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
	r, err := admin.Answer(conn, admin.Node{
		Name: node,
		Functions: func() admin.Report {
			return admin.Report{Node: node, Runtimes: 2, Functions: []admin.Function{{Name: "hello", Outcomes: map[string]uint64{"ok": 3}}}}
		},
		Drain: func() error {
			if node == "b" {
				return errors.New("it does not want to")
			}
			return nil
		},
		Scale: func(to admin.ScaleTo) admin.Scaled {
			return admin.Scaled{Node: node, From: 2, To: to.N, Auto: to.Auto}
		},
		Keys: func(c admin.KeyChange) admin.Keys {
			return admin.Keys{Node: node, Fingerprints: []string{c.Action + " " + string(c.Key)}}
		},
	})
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	return r
}

func TestAsk(t *testing.T) {
	conn := connect(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	_, err := admin.Ask[admin.Report](ctx, conn, admin.Functions, "", nil)
	require.ErrorIs(t, err, admin.ErrNoNode)

	b := answer(t, conn, "b")
	a := answer(t, conn, "a")
	reports, err := admin.Ask[admin.Report](ctx, conn, admin.Functions, "", nil)
	require.NoError(t, err)
	require.Len(t, reports, 2)
	require.Equal(t, "a", reports[0].Node)
	require.Equal(t, uint64(3), reports[0].Functions[0].Outcomes["ok"])

	began := time.Now()
	reports, err = admin.Ask[admin.Report](ctx, conn, admin.Functions, "b", nil)
	require.NoError(t, err)
	require.Len(t, reports, 1)
	require.Equal(t, "b", reports[0].Node)
	require.Less(t, time.Since(began), 200*time.Millisecond, "one node was asked: nobody else is waited for")

	_, err = admin.Ask[admin.Report](ctx, conn, admin.Functions, "c", nil)
	require.ErrorIs(t, err, admin.ErrNoNode)
	require.NoError(t, a.Close())
	require.NoError(t, b.Close())
	require.NoError(t, b.Close())
	_, err = admin.Ask[admin.Report](ctx, conn, admin.Functions, "", nil)
	require.ErrorIs(t, err, admin.ErrNoNode)
}

func TestAskDoesNotUnderstand(t *testing.T) {
	conn := connect(t)
	answer(t, conn, "a")
	_, err := conn.Subscribe("isolane.functions", func(m *nats.Msg) { _ = m.Respond([]byte("?")) })
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	reports, err := admin.Ask[admin.Report](t.Context(), conn, admin.Functions, "", nil)
	require.ErrorIs(t, err, admin.ErrAnswer)
	require.Len(t, reports, 1)
}

func TestAskNobodyAnswersInTime(t *testing.T) {
	conn := connect(t)
	_, err := conn.Subscribe("isolane.functions", func(*nats.Msg) {})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = admin.Ask[admin.Report](ctx, conn, admin.Functions, "", nil)
	require.ErrorIs(t, err, admin.ErrNoNode)
}

func TestDrainIsOfOneNode(t *testing.T) {
	conn := connect(t)
	answer(t, conn, "a")
	answer(t, conn, "b")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := admin.Ask[admin.Begun](ctx, conn, admin.Drain, "", nil)
	require.ErrorIs(t, err, admin.ErrNoNode)
	begun, err := admin.Ask[admin.Begun](ctx, conn, admin.Drain, "a", nil)
	require.NoError(t, err)
	require.Equal(t, []admin.Begun{{Node: "a"}}, begun)
	begun, err = admin.Ask[admin.Begun](ctx, conn, admin.Drain, "b", nil)
	require.NoError(t, err)
	require.Equal(t, []admin.Begun{{Node: "b", Error: "it does not want to"}}, begun)
	_, err = admin.Ask[admin.View](ctx, conn, admin.Members, "", nil)
	require.ErrorIs(t, err, admin.ErrNoNode, "a topic without a function is not answered")
}

func TestScaleIsOfOneNode(t *testing.T) {
	conn := connect(t)
	answer(t, conn, "a")
	answer(t, conn, "b")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := admin.Ask[admin.Scaled](ctx, conn, admin.Scale, "", admin.ScaleTo{N: 3})
	require.ErrorIs(t, err, admin.ErrNoNode)
	scaled, err := admin.Ask[admin.Scaled](ctx, conn, admin.Scale, "b", admin.ScaleTo{N: 3})
	require.NoError(t, err)
	require.Equal(t, []admin.Scaled{{Node: "b", From: 2, To: 3}}, scaled)
	scaled, err = admin.Ask[admin.Scaled](ctx, conn, admin.Scale, "b", nil)
	require.NoError(t, err)
	require.Contains(t, scaled[0].Error, "cannot be read")
}

func TestRequestsCarryWhatToDo(t *testing.T) {
	conn := connect(t)
	answer(t, conn, "a")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	keys, err := admin.Ask[admin.Keys](ctx, conn, admin.KeysOf, "", admin.KeyChange{Action: "add", Key: []byte("k")})
	require.NoError(t, err)
	require.Equal(t, []string{"add k"}, keys[0].Fingerprints)
	keys, err = admin.Ask[admin.Keys](ctx, conn, admin.KeysOf, "", nil)
	require.NoError(t, err)
	require.Equal(t, []string{" "}, keys[0].Fingerprints)
	msg, err := conn.RequestWithContext(ctx, "isolane.keys", []byte("{"))
	require.NoError(t, err)
	require.Contains(t, string(msg.Data), "cannot be read")
}
