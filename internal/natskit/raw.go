package natskit

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// ready bounds the start of a server.
const ready = time.Minute

// Raw starts nats-server with options of its own, for what bridge.ServerConfig has not. The
// address, and where JetStream is on the folder, are filled in where they are empty.
func Raw(tb testing.TB, o *server.Options) *server.Server {
	tb.Helper()
	s, stop := RawUntil(tb, o)
	tb.Cleanup(stop)
	return s
}

// RawUntil is Raw, for a server that is ended by stop alone: where it takes the place of
// another, it must outlive what was started with that one.
func RawUntil(tb testing.TB, o *server.Options) (s *server.Server, stop func()) {
	tb.Helper()
	o.NoSigs, o.NoLog = true, true
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	if o.JetStream && o.StoreDir == "" {
		o.StoreDir = tb.TempDir()
	}
	s, err := server.NewServer(o)
	require.NoError(tb, err)
	s.Start()
	require.True(tb, s.ReadyForConnections(ready))
	return s, func() {
		s.Shutdown()
		s.WaitForShutdown()
	}
}
