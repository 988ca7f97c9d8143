package stream

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/jsruntime/function"
)

// servers is a NATS cluster of three.
type servers struct {
	options [3]*server.Options
	mu      sync.Mutex
	running [3]*server.Server // guarded by mu
}

func newServers(t *testing.T) *servers {
	t.Helper()
	c := &servers{}
	var routes []*url.URL
	var ports [3]int
	for i := range ports { // known before they start, so that each can be started again
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address, ok := l.Addr().(*net.TCPAddr)
		require.True(t, ok)
		ports[i] = address.Port
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
		require.NoError(t, l.Close())
	}
	for i := range c.options {
		c.options[i] = &server.Options{
			ServerName: fmt.Sprint("nats-", i), Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
			Cluster: server.ClusterOpts{Name: "three", Host: "127.0.0.1", Port: ports[i]}, Routes: routes,
		}
		s, err := server.NewServer(c.options[i].Clone())
		require.NoError(t, err)
		s.Start()
		c.running[i] = s
	}
	for i, s := range c.running {
		require.True(t, s.ReadyForConnections(patience))
		client, ok := s.Addr().(*net.TCPAddr)
		require.True(t, ok)
		c.options[i].Port = client.Port
	}
	t.Cleanup(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, s := range c.running {
			s.Shutdown()
			s.WaitForShutdown()
		}
	})
	return c
}

// url is where all of them are.
func (c *servers) url() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := ""
	for _, s := range c.running {
		all += s.ClientURL() + ","
	}
	return all[:len(all)-1]
}

// kill ends the server of that name and starts it again once the others have gone on without
// it for a moment.
func (c *servers) kill(t *testing.T, name string, away time.Duration) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, s := range c.running {
		if s.Name() != name {
			continue
		}
		s.Shutdown()
		s.WaitForShutdown()
		timer := time.NewTimer(away)
		<-timer.C
		again, err := server.NewServer(c.options[i].Clone())
		require.NoError(t, err)
		again.Start()
		require.True(t, again.ReadyForConnections(patience))
		c.running[i] = again
		return
	}
	require.Fail(t, "no such server", name)
}

// The leader of the stream, and then that of the consumer, end under load, again and again:
// whatever a publisher was told is stored is run, and acknowledged.
func TestLostLeaders(t *testing.T) {
	c := newServers(t)
	connect := func() *nats.Conn {
		conn, err := nats.Connect(c.url(), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
		require.NoError(t, err)
		t.Cleanup(conn.Close)
		return conn
	}
	r := &rig{conn: connect(), logs: new(logBuffer)}
	var err error
	r.js, err = jetstream.New(r.conn)
	require.NoError(t, err)
	var orders3 jetstream.Stream
	r.waitFor(t, "a stream of three", func() (bool, any) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		orders3, err = r.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}, Replicas: 3})
		return err == nil, err
	})
	cfg := testConfig()
	cfg.DeadLetters = deadletter.DefaultConfig()
	var got seen
	for _, trigger := range []Trigger{batches(5, func(s *function.Stream) { s.AckWait = 2 * time.Second })} {
		for range 2 { // two members
			m, err := New(cfg, Deps{
				Conn: connect(), Dispatcher: answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }),
				Logger: slog.New(slog.NewTextHandler(r.logs, nil)),
			})
			require.NoError(t, err)
			m.Set([]Trigger{trigger})
			t.Cleanup(func() {
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				require.NoError(t, m.Drain(ctx))
			})
		}
	}
	stop := make(chan struct{})
	stored := map[string]bool{}
	var publishing sync.WaitGroup
	publishing.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			id := fmt.Sprint("m", i)
			for { // until the stream says that it has it
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
				_, err := r.js.Publish(ctx, "orders.1.new", []byte(id), jetstream.WithMsgID(id), jetstream.WithRetryAttempts(0))
				cancel()
				if err == nil {
					stored[id] = true
					break
				}
				pause(context.Background(), 20*time.Millisecond)
			}
		}
	})
	leader := func(what string) (name string) {
		r.waitFor(t, "a leader of the "+what, func() (bool, any) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if what == "stream" {
				info, err := orders3.Info(ctx)
				if err == nil && info.Cluster != nil {
					name = info.Cluster.Leader
				}
				return name != "", err
			}
			consumer, err := orders3.Consumer(ctx, "isolane_pay")
			if err == nil && consumer.CachedInfo().Cluster != nil {
				name = consumer.CachedInfo().Cluster.Leader
			}
			return name != "", err
		})
		return name
	}
	for _, what := range []string{"stream", "consumer", "stream", "consumer"} {
		before := len(got.all())
		c.kill(t, leader(what), 500*time.Millisecond)
		r.waitFor(t, "further batches", func() (bool, any) { n := len(got.all()); return n > before+10, n })
	}
	close(stop)
	publishing.Wait()
	r.waitFor(t, "all to be settled", func() (bool, any) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		consumer, err := orders3.Consumer(ctx, "isolane_pay")
		if err != nil {
			return false, err
		}
		info := consumer.CachedInfo()
		return info.NumPending == 0 && info.NumAckPending == 0, info
	})
	runs := map[string]int{}
	for _, inv := range got.all() {
		for _, m := range inv.Batch {
			runs[string(m.Payload)]++
		}
	}
	twice := 0
	for id := range stored {
		require.Positive(t, runs[id], "%s is lost", id)
		if runs[id] > 1 {
			twice++
		}
	}
	require.Contains(t, r.logs.String(), "the trigger is not served; its messages wait in the stream")
	t.Logf("%d messages stored, %d of them run more than once", len(stored), twice)
}
