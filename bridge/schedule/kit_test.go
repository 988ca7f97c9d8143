package schedule

import (
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// patience bounds what should be soon; the machine may be slow.
const patience = 60 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a server, and the clock that members take for the server's.
type world struct {
	server *natskit.Server
	js     jetstream.JetStream

	mu   sync.Mutex
	now  time.Time // guarded by mu
	asks int       // how often the clock was asked; guarded by mu
}

func newWorld(t *testing.T) *world {
	t.Helper()
	server := natskit.Start(t)
	return &world{server: server, js: server.JetStream(), now: time.Date(2026, 5, 1, 1, 0, 0, 0, time.UTC)}
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
	s, err := New(cfg, Deps{Conn: w.server.Connect(), now: w.clock})
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
