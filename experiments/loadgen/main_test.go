package loadgen

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/bridge"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server starts a NATS server for the test, and returns it and how to connect to it.
func server(t *testing.T) (*bridge.Server, Dial) {
	t.Helper()
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.DataDir = 0, t.TempDir()
	s, err := bridge.StartServer(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Shutdown(context.Background())) })
	return s, func(context.Context) (*nats.Conn, error) { return nats.Connect(s.ClientURL(), nats.NoReconnect()) }
}

// responder subscribes to subject on a connection of its own.
func responder(t *testing.T, dial Dial, subject string, answer nats.MsgHandler) {
	t.Helper()
	conn, err := dial(t.Context())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	_, err = conn.Subscribe(subject, answer)
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
}
