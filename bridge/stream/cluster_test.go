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
	"github.com/isolane/isolane/internal/logkit"
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
	r := &rig{conn: connect(), logs: new(logkit.Buffer)}
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
	stored := map[string]stored{}
	last := uint64(0) // of their places
	var publishing sync.WaitGroup
	publishing.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			id := fmt.Sprint("m", i)
			for try := 1; ; try++ { // until the stream says that it has it
				ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
				ack, err := r.js.Publish(ctx, "orders.1.new", []byte(id), jetstream.WithMsgID(id), jetstream.WithRetryAttempts(0))
				cancel()
				if err == nil {
					stored[id] = storedAs(ack, try)
					last = max(last, ack.Sequence)
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
	// That nothing is pending is not enough: the consumer's leader counts what its own server has
	// of the stream, which may lack the last messages while two others have confirmed them.
	r.waitFor(t, fmt.Sprintf("all %d messages to be settled, the last at %d", len(stored), last), func() (bool, any) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		consumer, err := orders3.Consumer(ctx, "isolane_pay")
		if err != nil {
			return false, err
		}
		info := consumer.CachedInfo()
		return info.AckFloor.Stream >= last && info.NumPending == 0 && info.NumAckPending == 0, info
	})
	runs, twice := got.runs(), 0
	for id, at := range stored {
		if runs[id] == 0 {
			r.lost(t, orders3, id, at, &got)
		}
		if runs[id] > 1 {
			twice++
		}
	}
	r.logs.Await(t, "the trigger is not served; its messages wait in the stream")
	t.Logf("%d messages stored, %d of them run more than once", len(stored), twice)
}

// stored is what the stream said of a message that it has.
type stored struct {
	seq       uint64
	duplicate bool
	// tries are how often it was published until then.
	tries int
}

func storedAs(ack *jetstream.PubAck, tries int) stored {
	return stored{ack.Sequence, ack.Duplicate, tries}
}

// runs counts how often each payload was run in a batch.
func (s *seen) runs() map[string]int {
	runs := map[string]int{}
	for _, inv := range s.all() {
		for _, m := range inv.Batch {
			runs[string(m.Payload)]++
		}
	}
	return runs
}

// lost fails the test for a message that was stored and not run, with all that there is to know.
func (r *rig) lost(t *testing.T, s jetstream.Stream, id string, at stored, got *seen) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	report := fmt.Sprintf("the stream confirmed it: %+v\n", at)
	msg, err := s.GetMsg(ctx, at.seq)
	if err == nil {
		report += fmt.Sprintf("there is at its place: %q, stored %s\n", msg.Data, msg.Time)
	} else {
		report += fmt.Sprintf("what is at its place cannot be read: %v\n", err)
	}
	info, err := s.Info(ctx)
	if err == nil {
		report += fmt.Sprintf("stream: %+v, cluster %+v\n", info.State, info.Cluster)
	}
	consumer, consumerErr := s.Consumer(ctx, "isolane_pay")
	if consumerErr == nil {
		report += fmt.Sprintf("consumer: %+v\n", consumer.CachedInfo())
	}
	report += fmt.Sprintf("errors of these: %v, %v\ndead letters: %d\n", err, consumerErr, len(r.letters(t)))
	for _, inv := range got.all() { // its neighbours
		for _, m := range inv.Batch {
			var seq uint64
			if _, err := fmt.Sscan(m.Header.Get(function.HeaderSequence), &seq); err != nil || seq+3 < at.seq || seq > at.seq+3 {
				continue
			}
			report += fmt.Sprintf("run: %s, at %d, delivery %d, in a batch of %d\n", m.Payload, seq, m.Attempt, len(inv.Batch))
		}
	}
	report += fmt.Sprintf("runs of it by now: %d\n", got.runs()[id])
	require.FailNow(t, id+" is lost", "%slog:\n%s", report, r.logs)
}
