package doctor

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// natsServer runs a server, and returns a configuration that names it.
func natsServer(t *testing.T, jetStream bool) config.Config {
	t.Helper()
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.JetStream, cfg.DataDir = 0, jetStream, t.TempDir()
	server, err := bridge.StartServer(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Shutdown(context.Background())) })
	c := config.DefaultConfig()
	c.NATS.URL = server.ClientURL()
	return c
}

func (d *Doctor) byCheck(t *testing.T, c config.Config) map[string]Finding {
	t.Helper()
	found := map[string]Finding{}
	for _, f := range d.nats(t.Context(), c) {
		found[f.Check] = f
	}
	return found
}

func TestNATS(t *testing.T) {
	d := Doctor{System: System{Now: time.Now}, Timeout: 20 * time.Second}
	found := d.byCheck(t, config.DefaultConfig())
	require.Len(t, found, 3)
	for _, f := range found {
		one(t, OK, "", f) // the server is inside the node
	}
	found = d.byCheck(t, natsServer(t, false))
	require.Equal(t, OK, found["nats"].Status)
	one(t, Warn, "-js", found["jetstream"])
	require.NotContains(t, found, "clock")

	c := config.DefaultConfig()
	c.NATS.URL = "nats://127.0.0.1:1"
	d.Timeout = 200 * time.Millisecond
	found = d.byCheck(t, c)
	require.Len(t, found, 1)
	one(t, Fail, "a server runs there", found["nats"])
	c = config.DefaultConfig()
	c.NATS.Listen, d.Running = "127.0.0.1:1", true
	one(t, Fail, "a server runs there", d.byCheck(t, c)["nats"])
}

// TestClock compares with the clock of a real server, and of a machine that is before or behind.
func TestClock(t *testing.T) {
	c := natsServer(t, true)
	d := Doctor{System: System{Now: time.Now}, Timeout: 20 * time.Second}
	found := d.byCheck(t, c)
	one(t, OK, "", found["jetstream"])
	one(t, OK, "", found["clock"])
	require.Contains(t, found["clock"].Found, "no stream yet")

	conn, err := nats.Connect(c.NATS.URL)
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "A", Subjects: []string{"a"}, Storage: jetstream.MemoryStorage})
	require.NoError(t, err)
	one(t, OK, "", d.byCheck(t, c)["clock"])
	for off, want := range map[time.Duration]Status{time.Minute: Fail, -time.Minute: Fail, 5 * time.Second: Warn, -5 * time.Second: Warn} {
		d.System.Now = func() time.Time { return time.Now().Add(off) }
		one(t, want, "chronyd", d.byCheck(t, c)["clock"])
	}
}

func TestOlder(t *testing.T) {
	for version, want := range map[string]bool{
		"2.12.0": false, "2.11.9": true, "2.12.1-RC.1": false, "3.0.0": false, "1.4.1": true, "": false, "unknown": false, "2.9": true,
	} {
		require.Equal(t, want, older(version, "2.12.0"), version)
	}
}

func TestStorage(t *testing.T) {
	info := &jetstream.AccountInfo{}
	one(t, OK, "", storage(info))
	info.Limits.MaxStore, info.Store = 1000, 950
	one(t, Warn, "raise", storage(info))
	info.Limits.MaxStore = -1
	one(t, OK, "", storage(info))
	info.Limits.MaxStreams, info.Streams = 10, 10
	one(t, Warn, "raise", storage(info))
}
