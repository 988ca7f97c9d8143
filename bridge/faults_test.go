package bridge

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/jsruntime/function"
)

// connected is a bridge whose connection is made from cfg, with its events.
func connected(t *testing.T, cfg ConnectConfig, client *nats.Conn) (*Bridge, *ConnEvents, *logkit.Buffer) {
	t.Helper()
	logs, events := new(logkit.Buffer), new(ConnEvents)
	cfg.Events = events
	conn, err := Connect(t.Context(), cfg, logs.Logger())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	b, err := Start(t.Context(), DefaultConfig(), Deps{System: newSystem(t), Conn: conn, Dispatcher: dispatch(echo), Logger: logs.Logger(), Events: events})
	require.NoError(t, err)
	t.Cleanup(func() { _ = b.Close() })
	served(t, client)
	return b, events, logs
}

// served waits until a call is answered.
func served(t *testing.T, client *nats.Conn) {
	t.Helper()
	waitFor(t, "an answer", func() (bool, any) {
		reply, err := client.Request("fn.a", []byte("x"), time.Second)
		return err == nil && string(reply.Data) == "x", err
	})
}

// The node's credentials expire while it serves: the log says what to do, the connection is
// tried again, and made with what stands in the file once that was exchanged.
func TestCredentialsThatExpire(t *testing.T) {
	node, err := nkeys.CreateUser()
	require.NoError(t, err)
	caller, err := nkeys.CreateUser()
	require.NoError(t, err)
	options, issue := operatorMode(t)
	s := rawServer(t, options)
	callerConfig := connConfig(s.ClientURL())
	callerConfig.CredsFile = writeFile(t, "caller.creds", issue(caller, 0))
	client, err := Connect(t.Context(), callerConfig, nil)
	require.NoError(t, err)
	t.Cleanup(client.Close)

	cfg := connConfig(s.ClientURL())
	cfg.CredsFile = writeFile(t, "node.creds", issue(node, 5*time.Second)) // whole seconds count
	b, events, logs := connected(t, cfg, client)
	waitFor(t, "the end of the credentials", func() (bool, any) {
		st := events.Stats()
		// Told, and refused again; within the last second of the credentials the server lets it in once more.
		return st.Authorization >= 2 && st.Disconnects >= 1, st
	})
	logs.Await(t, "NATS refuses the credentials; exchange them (a file of credentials is read again each time), the connection is tried again")
	require.NoError(t, os.WriteFile(cfg.CredsFile, issue(node, time.Hour), 0o600))
	served(t, client)
	// It serves before nats.go tells of it.
	waitFor(t, "a connection made again", func() (bool, any) {
		st := b.Stats().Conn
		return st.Reconnects > 0, st
	})
	require.Zero(t, b.Stats().Conn.OtherErrors)
}

// A server of a cluster says that it goes: the node moves to another one, and serves.
func TestLameDuck(t *testing.T) {
	first := rawServer(t, &server.Options{
		ServerName: "first", Cluster: server.ClusterOpts{Name: "pair", Host: "127.0.0.1", Port: -1},
		LameDuckDuration: 200 * time.Millisecond, LameDuckGracePeriod: 50 * time.Millisecond,
	})
	route := &url.URL{Scheme: "nats", Host: first.ClusterAddr().String()}
	second := rawServer(t, &server.Options{
		ServerName: "second", Cluster: server.ClusterOpts{Name: "pair", Host: "127.0.0.1", Port: -1}, Routes: []*url.URL{route},
	})
	waitFor(t, "a route", func() (bool, any) { return first.NumRoutes() > 0 && second.NumRoutes() > 0, first.NumRoutes() })
	client := connectTo(t, second.ClientURL())
	b, events, logs := connected(t, connConfig(first.ClientURL()), client)
	first.LameDuckShutdown()
	waitFor(t, "the move", func() (bool, any) {
		return b.deps.Conn.IsConnected() && b.deps.Conn.ConnectedServerName() == "second", b.deps.Conn.ConnectedServerName()
	})
	served(t, client)
	require.EqualValues(t, 1, events.Stats().LameDucks)
	require.True(t, strings.Contains(logs.String(), "the NATS server is about to shut down") && strings.Contains(logs.String(), "nothing is to be done where its cluster has another server"), logs.String())
}

// Replies wait while the server is away, as far as the buffer has room; of what is over the
// log says what to do.
func TestRepliesOverTheReconnectBuffer(t *testing.T) {
	cfg := serverConfig(t)
	first, err := StartServer(t.Context(), cfg)
	require.NoError(t, err)
	h := new(holder)
	r := newRigOn(t, first, h, func(_ *Config, d *Deps) {
		small := connConfig(first.ClientURL())
		small.ReconnectBuffer = 4 << 10
		d.Conn, err = Connect(t.Context(), small, d.Logger)
		require.NoError(t, err)
		t.Cleanup(d.Conn.Close)
	})
	in := newInbox(t, r.client)
	const calls = 8
	inFlight(t, r, h, in, calls)
	require.NoError(t, first.Shutdown(t.Context()))
	waitFor(t, "the loss", func() (bool, any) { s := r.bridge.Stats(); return s.Disconnects == 1, s })
	h.release(&function.Result{Outcome: function.OK, Body: make([]byte, 1<<10)})
	lost := r.bridge.Stats().PublishFailures
	require.Positive(t, lost)
	require.Less(t, lost, uint64(calls))
	r.logs.Await(t, "reply lost")
	r.logs.Await(t, "raise the reconnect buffer, or bring the server back")
	again(t, cfg, first.ClientURL())
	waitFor(t, "the connection", func() (bool, any) { s := r.bridge.Stats(); return s.Reconnects == 1, s })
	require.EqualValues(t, calls, r.bridge.Stats().Outcomes[function.OK], "they have run all the same")
}
