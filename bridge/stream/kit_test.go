package stream

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// patience bounds what should be soon; the machine may be slow.
const patience = 60 * time.Second

func TestMain(m *testing.M) {
	// Servers of a cluster that are shut down while a stream is made or moved leave its file
	// store open at times: theirs, not ours (nats-server 2.15.2; TestLostLeaders).
	const server = "github.com/nats-io/nats-server/v2/server"
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction(server+".(*fileStore).flushStreamStateLoop"),
		goleak.IgnoreTopFunction(server+"/ats.Register.func1"))
}

// member is one member's dispatcher, scripted.
type member struct {
	run  func(inv *function.Invocation, done func(*function.Result))
	room func() int
}

func (m member) Submit(inv *function.Invocation, done func(*function.Result)) { m.run(inv, done) }

func (m member) SubmitHere(inv *function.Invocation, done func(*function.Result)) { m.run(inv, done) }

func (m member) Room() int {
	if m.room == nil {
		return 1000
	}
	return m.room()
}

// answers runs everything at once, with what f says.
func answers(f func(inv *function.Invocation) *function.Result) member {
	return member{run: func(inv *function.Invocation, done func(*function.Result)) { done(f(inv)) }}
}

func ok(*function.Invocation) *function.Result { return &function.Result{Outcome: function.OK} }

// rig is a server with the stream ORDERS (orders.>), and a client beside the members.
type rig struct {
	// ttl is that of the leases of keyed functions; 0 for leases' own. A test in which nobody
	// dies has a long one: a machine that stands still for a moment takes no lease then.
	ttl    time.Duration
	server *natskit.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	logs   *logkit.Buffer
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{logs: new(logkit.Buffer), server: natskit.Start(t)}
	r.conn = r.connect(t)
	r.js = natskit.JetStream(t, r.conn)
	_, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	return r
}

func (r *rig) connect(t *testing.T) *nats.Conn {
	t.Helper()
	cfg := bridge.DefaultConnectConfig()
	cfg.URLs = []string{r.server.ClientURL()}
	cfg.ReconnectWait, cfg.ReconnectJitter = 20*time.Millisecond, 20*time.Millisecond
	conn, err := bridge.Connect(t.Context(), cfg, nil)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// testConfig is quick to try again.
func testConfig() Config {
	cfg := DefaultConfig()
	cfg.Retry, cfg.MaxRetry = 20*time.Millisecond, 100*time.Millisecond
	cfg.PullExpiry, cfg.Heartbeat = 4*time.Second, time.Second
	cfg.Policy.Base, cfg.Policy.Cap, cfg.Policy.NotFoundWait = 10*time.Millisecond, 40*time.Millisecond, 20*time.Millisecond
	return cfg
}

// join has another member serve these triggers.
func (r *rig) join(t *testing.T, d Dispatcher, triggers ...Trigger) *Triggers {
	t.Helper()
	return r.joinWith(t, testConfig(), d, triggers...)
}

func (r *rig) joinWith(t *testing.T, cfg Config, d Dispatcher, triggers ...Trigger) *Triggers {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(r.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	m, err := New(cfg, Deps{Conn: r.connect(t), Dispatcher: d, Logger: logger, Node: "test"})
	require.NoError(t, err)
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = m.Drain(ended) // what has not been drained by the test is cut off
	})
	m.Set(triggers)
	return m
}

// orders is a trigger on the stream.
func orders(change func(*function.Stream)) Trigger {
	s := function.Stream{Name: "ORDERS", Subject: "orders.{id}.>"}
	if change != nil {
		change(&s)
	}
	return Trigger{Function: "pay", Version: "v1", Stream: s.WithDefaults("pay")}
}

func (r *rig) publish(t *testing.T, subject, payload string) uint64 {
	t.Helper()
	ack, err := r.js.Publish(t.Context(), subject, []byte(payload))
	require.NoError(t, err)
	return ack.Sequence
}

// waitFor polls until ok, and shows the last state when it gives up.
func (r *rig) waitFor(t *testing.T, what string, check func() (ok bool, state any)) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	limit := time.After(patience)
	for {
		ok, state := check()
		if ok {
			return
		}
		select {
		case <-ticker.C:
		case <-limit:
			require.FailNow(t, "waited in vain for "+what, "last state: %+v\nlog:\n%s", state, r.logs)
		}
	}
}

// settled waits until the consumer of pay has delivered n messages and none is open.
func (r *rig) settled(t *testing.T, n uint64) {
	t.Helper()
	r.waitFor(t, fmt.Sprintf("%d messages to be settled", n), func() (bool, any) {
		c, err := r.js.Consumer(t.Context(), "ORDERS", "isolane_pay")
		if err != nil {
			return false, err
		}
		info := c.CachedInfo()
		return info.AckFloor.Stream >= n && info.NumAckPending == 0, info
	})
}

// seen collects what was run. Safe for concurrent use.
type seen struct {
	mu   sync.Mutex
	invs []*function.Invocation
}

func (s *seen) add(inv *function.Invocation) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.invs = append(s.invs, inv)
	return len(s.invs)
}

func (s *seen) all() []*function.Invocation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*function.Invocation(nil), s.invs...)
}
