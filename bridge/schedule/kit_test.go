package schedule

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
)

// patience bounds what should be soon; the machine may be slow.
const patience = 60 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a server, and the clock that members take for the server's.
type world struct {
	server *bridge.Server
	js     jetstream.JetStream

	mu   sync.Mutex
	now  time.Time // guarded by mu
	asks int       // how often the clock was asked; guarded by mu
}

func newWorld(t *testing.T) *world {
	t.Helper()
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.DataDir = -1, t.TempDir()
	server, err := bridge.StartServer(context.Background(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Shutdown(context.Background())) })
	w := &world{server: server, now: time.Date(2026, 5, 1, 1, 0, 0, 0, time.UTC)}
	w.js, err = jetstream.New(w.connect(t))
	require.NoError(t, err)
	return w
}

func (w *world) connect(t *testing.T) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(w.server.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

func (w *world) clock(time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asks++
	return w.now
}

// join has another member keep these schedules.
func (w *world) join(t *testing.T, entries ...Entry) *Scheduler {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Look, cfg.Retry = 5*time.Millisecond, 10*time.Millisecond
	s, err := New(cfg, Deps{Conn: w.connect(t), now: w.clock})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	s.Set(entries)
	return s
}

// pass lets time pass, and waits until members have looked at the clock that often since,
// so that each has been through a whole turn.
func (w *world) pass(t *testing.T, d time.Duration, asks int) {
	t.Helper()
	w.mu.Lock()
	w.now = w.now.Add(d)
	asks += w.asks
	w.mu.Unlock()
	require.Eventually(t, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.asks >= asks
	}, patience, 2*time.Millisecond)
}

// due lists the due times that were published, with their payloads, in order.
func (w *world) due(t *testing.T) []string {
	t.Helper()
	list := []string{}
	stream, err := w.js.Stream(t.Context(), DefaultConfig().Stream)
	require.NoError(t, err)
	for n := uint64(1); n <= stream.CachedInfo().State.LastSeq; n++ {
		msg, err := stream.GetMsg(t.Context(), n)
		if err != nil { // a mark that was replaced
			require.ErrorIs(t, err, jetstream.ErrMsgNotFound)
			continue
		}
		if at, err := time.Parse(time.RFC3339, msg.Header.Get(HeaderDue)); err == nil && msg.Header.Get(jetstream.MsgRollup) == "" {
			list = append(list, at.Format("15:04")+string(msg.Data))
		}
	}
	return list
}

// each has a schedule every ten minutes.
func each(missed function.Missed) Entry {
	return Entry{Function: "report", Schedule: function.Schedule{Cron: "*/10 * * * *", Missed: missed}}
}
