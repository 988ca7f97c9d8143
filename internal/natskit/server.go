package natskit

import (
	"context"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
)

// reconnectWait is how soon connections are tried again.
const reconnectWait = 20 * time.Millisecond

// Server is a NATS server. Make one with Start.
type Server struct {
	// Server is the one that runs, or ran last.
	*bridge.Server
	tb      testing.TB
	cfg     bridge.ServerConfig
	running bool
}

// Start starts a server with JetStream, on a free port of this machine; each change may say
// otherwise. It is ended with the test.
func Start(tb testing.TB, changes ...func(*bridge.ServerConfig)) *Server {
	tb.Helper()
	s := &Server{tb: tb, cfg: bridge.DefaultServerConfig()}
	s.cfg.Port, s.cfg.DataDir = 0, tb.TempDir()
	for _, change := range changes {
		change(&s.cfg)
	}
	s.Again()
	address, err := url.Parse(s.ClientURL())
	require.NoError(tb, err)
	s.cfg.Port, err = strconv.Atoi(address.Port())
	require.NoError(tb, err)
	tb.Cleanup(s.Stop)
	return s
}

// WithoutJetStream is a change for Start.
func WithoutJetStream(cfg *bridge.ServerConfig) { cfg.JetStream, cfg.DataDir = false, "" }

// Stop ends the server in order; its data stay. Nothing where it does not run.
func (s *Server) Stop() {
	s.tb.Helper()
	if !s.running {
		return
	}
	s.running = false
	require.NoError(s.tb, s.Shutdown(context.Background()))
}

// Again starts the server that was stopped, on its port and with its data.
func (s *Server) Again() {
	s.tb.Helper()
	var err error
	s.Server, err = bridge.StartServer(context.Background(), s.cfg)
	require.NoError(s.tb, err)
	s.running = true
}

// Restart stops the server, waits while it is away, and starts it again.
func (s *Server) Restart(away time.Duration) {
	s.tb.Helper()
	s.Stop()
	<-time.After(away)
	s.Again()
}

// Connect opens a connection that is made again without end, and ends with the test.
func (s *Server) Connect(options ...nats.Option) *nats.Conn {
	s.tb.Helper()
	return Connect(s.tb, s.ClientURL(), options...)
}

// JetStream is Connect, for streams.
func (s *Server) JetStream() jetstream.JetStream {
	s.tb.Helper()
	return JetStream(s.tb, s.Connect())
}

// Connect opens a connection that is made again without end, and ends with the test.
func Connect(tb testing.TB, url string, options ...nats.Option) *nats.Conn {
	tb.Helper()
	options = append([]nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait)}, options...)
	conn, err := nats.Connect(url, options...)
	require.NoError(tb, err)
	tb.Cleanup(conn.Close)
	return conn
}

// JetStream is that of conn.
func JetStream(tb testing.TB, conn *nats.Conn) jetstream.JetStream {
	tb.Helper()
	js, err := jetstream.New(conn)
	require.NoError(tb, err)
	return js
}
