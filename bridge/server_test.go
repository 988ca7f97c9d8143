package bridge

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
)

func TestServerKeepsItsStreams(t *testing.T) {
	cfg := serverConfig(t)
	cfg.Port, cfg.Name = 0, "node-1"
	logs := new(logkit.Buffer)
	cfg.Logger = logs.Logger()
	for run := range 2 {
		s, err := StartServer(t.Context(), cfg)
		require.NoError(t, err)
		require.Equal(t, "node-1", s.Name())
		conn := connectTo(t, s.ClientURL())
		require.EqualValues(t, 8<<20, conn.MaxPayload())
		js, err := conn.JetStream()
		require.NoError(t, err)
		if run == 0 {
			_, err = js.AddStream(&nats.StreamConfig{Name: "S", Subjects: []string{"s"}})
			require.NoError(t, err)
			_, err = js.Publish("s", []byte("x"))
			require.NoError(t, err)
		}
		info, err := js.StreamInfo("S")
		require.NoError(t, err)
		require.EqualValues(t, 1, info.State.Msgs)
		conn.Close()
		require.NoError(t, s.Shutdown(t.Context()))
		require.NoError(t, s.Shutdown(t.Context()), "a second time")
	}
	require.DirExists(t, filepath.Join(cfg.DataDir, "jetstream", "$G", "streams", "S"))
	require.NotContains(t, logs.String(), "level=ERROR")
	logs.Await(t, "Listening for client connections")
}

func TestServerWithoutJetStreamNeedsNoData(t *testing.T) {
	cfg := DefaultServerConfig()
	cfg.Port, cfg.JetStream = -1, false
	usable(t, connConfig(runServer(t, cfg).ClientURL()))
}

func TestServerThatCannotStart(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	port := taken.Addr().(*net.TCPAddr).Port
	file := writeFile(t, "file", nil)
	busy := serverConfig(t)
	runServer(t, busy)

	for name, tc := range map[string]struct {
		change func(*ServerConfig)
		cause  error
		want   string
	}{
		"port in use": {
			func(c *ServerConfig) { c.Port = port }, ErrPortInUse,
			"port " + itoa(port) + " is in use: stop the other server, or choose --nats-listen 127.0.0.1:0",
		},
		"data folder is a file":     {func(c *ServerConfig) { c.DataDir = file }, ErrDataDir, "choose another --data"},
		"data folder under a file":  {func(c *ServerConfig) { c.DataDir = filepath.Join(file, "a") }, ErrDataDir, "choose another --data"},
		"data folder is another's":  {func(c *ServerConfig) { c.DataDir = busy.DataDir }, ErrDataDirInUse, "stop the other node"},
		"no such address":           {func(c *ServerConfig) { c.Host = "203.0.113.1" }, nil, "203.0.113.1"},
		"JetStream without a place": {func(c *ServerConfig) { c.DataDir = "" }, ErrInvalidConfig, "DataDir"},
		"name with a space":         {func(c *ServerConfig) { c.Name = "a b" }, nil, "space"},
		"everything at once": {
			func(c *ServerConfig) { *c = ServerConfig{Port: 70000, JetStream: true} }, ErrInvalidConfig,
			"no Host\ninvalid Port 70000: choose -1 to 65535\nno DataDir, which JetStream needs\ninvalid MaxPayload 0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := serverConfig(t)
			tc.change(&cfg)
			_, err := StartServer(t.Context(), cfg)
			require.ErrorIs(t, err, ErrStartServer)
			if tc.cause != nil {
				require.ErrorIs(t, err, tc.cause)
			}
			require.ErrorContains(t, err, tc.want)
			if cfg.DataDir != busy.DataDir && !strings.HasPrefix(cfg.DataDir, file) && cfg.DataDir != "" {
				// What failed has let go of its data.
				ok := serverConfig(t)
				ok.DataDir = cfg.DataDir
				runServer(t, ok)
			}
		})
	}
}

func TestServerStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cfg := serverConfig(t)
	s, err := StartServer(ctx, cfg)
	if err == nil { // it may have been quicker
		require.NoError(t, s.Shutdown(t.Context()))
		return
	}
	require.ErrorIs(t, err, context.Canceled)
	runServer(t, cfg)
}

func TestServerShutdownEndsWithItsContext(t *testing.T) {
	s, err := StartServer(t.Context(), serverConfig(t))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(ctx); err != nil {
		require.ErrorIs(t, err, context.Canceled)
	}
	require.NoError(t, s.Shutdown(t.Context()))
}

func TestServerLog(t *testing.T) {
	logs := new(logkit.Buffer)
	l := newServerLog(logs.Logger())
	l.Noticef("n %d", 1)
	l.Warnf("w %d", 2)
	l.Errorf("e %d", 3)
	l.Debugf("d")
	l.Tracef("t")
	require.NoError(t, l.fatal())
	l.Fatalf("first: %v", os.ErrPermission)
	l.Fatalf("second")
	require.EqualError(t, l.fatal(), "first: "+os.ErrPermission.Error())
	require.ErrorIs(t, l.fatal(), os.ErrPermission)
	for _, want := range []string{`level=DEBUG msg=nats-server line="n 1"`, `level=WARN msg=nats-server line="w 2"`, `level=ERROR msg=nats-server line="e 3"`} {
		logs.Await(t, want)
	}
	newServerLog(nil).Warnf("nowhere")
}
