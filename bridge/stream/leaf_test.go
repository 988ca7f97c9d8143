package stream

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// A node's server is a leaf node, whose users have JetStream in the domain of its hub
// (default_js_domain). The hub goes: the trigger says so, what runs goes on, and it is served
// again when the hub is back.
func TestLeafLosesItsHub(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address, ok := l.Addr().(*net.TCPAddr)
	require.True(t, ok)
	require.NoError(t, l.Close())
	options := &server.Options{
		ServerName: "hub", JetStream: true, JetStreamDomain: "hub", StoreDir: t.TempDir(),
		LeafNode: server.LeafNodeOpts{Host: "127.0.0.1", Port: address.Port},
	}
	hub := natskit.Raw(t, options.Clone())
	leaf := natskit.Raw(t, &server.Options{
		ServerName: "leaf", JsAccDefaultDomain: map[string]string{"$G": "hub"},
		LeafNode: server.LeafNodeOpts{
			ReconnectInterval: 50 * time.Millisecond,
			Remotes:           []*server.RemoteLeafOpts{{URLs: []*url.URL{{Scheme: "nats", Host: address.String()}}}},
		},
	})
	r := &rig{logs: new(logkit.Buffer)}
	r.waitFor(t, "the leaf node", func() (bool, any) { return hub.NumLeafNodes() == 1, hub.NumLeafNodes() })
	r.conn = natskit.Connect(t, leaf.ClientURL())
	r.js = natskit.JetStream(t, r.conn)
	publish := func(subject, id string) {
		r.waitFor(t, "the stream to take "+id, func() (bool, any) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := r.js.Publish(ctx, subject, nil, jetstream.WithMsgID(id))
			return err == nil, err
		})
	}
	r.waitFor(t, "the hub's JetStream on the leaf", func() (bool, any) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
		return err == nil, err
	})

	hold := make(chan struct{})
	var got seen
	m, err := New(testConfig(), Deps{
		Conn: natskit.Connect(t, leaf.ClientURL()), Logger: slog.New(slog.NewTextHandler(r.logs, nil)),
		Dispatcher: member{run: func(inv *function.Invocation, done func(*function.Result)) {
			got.add(inv)
			go func() {
				<-hold
				done(&function.Result{Outcome: function.OK})
			}()
		}},
	})
	require.NoError(t, err)
	m.Set([]Trigger{orders(nil)})
	publish("orders.1.new", "first")
	r.waitFor(t, "the first", func() (bool, any) { return len(got.all()) == 1, m.Stats() })

	hub.Shutdown()
	hub.WaitForShutdown()
	r.waitFor(t, "the fault", func() (bool, any) { st := m.Stats()[0]; return st.Fault != "", st })
	require.True(t, r.conn.IsConnected(), "the leaf itself is there")
	r.logs.Await(t, "the trigger is not served; its messages wait in the stream, and it is tried again")
	natskit.Raw(t, options.Clone())
	publish("orders.2.new", "second")
	r.waitFor(t, "the second", func() (bool, any) { return len(got.all()) >= 2, m.Stats() })
	close(hold)
	r.settled(t, 2)
	r.waitFor(t, "no fault", func() (bool, any) { st := m.Stats()[0]; return st.Fault == "", st })
	for _, inv := range got.all() {
		require.True(t, strings.HasPrefix(inv.Subject, "orders."), inv.Subject)
	}
	require.NoError(t, m.Drain(t.Context()))
}
