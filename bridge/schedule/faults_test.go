package schedule

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// The server has no room for due times: the log and the statistics say so, and what was due
// meanwhile is published once there is room.
func TestNoRoomForDueTimes(t *testing.T) {
	s := natskit.Raw(t, &server.Options{JetStream: true, JetStreamMaxStore: 1 << 20})
	js := natskit.JetStream(t, natskit.Connect(t, s.ClientURL()))
	other, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"other"}})
	require.NoError(t, err)
	logs := new(logkit.Buffer)
	cfg := DefaultConfig()
	cfg.Retry, cfg.MaxRetry, cfg.Look = 10*time.Millisecond, 20*time.Millisecond, 20*time.Millisecond
	sch, err := New(cfg, Deps{Conn: natskit.Connect(t, s.ClientURL()), Logger: slog.New(slog.NewTextHandler(logs, nil))})
	require.NoError(t, err)
	t.Cleanup(sch.Close)
	// A payload that does not fit into what is left, so that nothing else has to be full.
	tick := function.Schedule{Cron: "@every 1s", Payload: string(bytes.Repeat([]byte("x"), 8<<10))}
	sch.Set([]Entry{{Function: "tick", Schedule: tick}})
	require.Eventually(t, func() bool { return sch.Stats().Published > 0 }, patience, 10*time.Millisecond)
	require.Equal(t, 1, sch.Stats().Schedules)
	for size := 256 << 10; size > 1<<10; {
		if _, err := js.Publish(t.Context(), "other", make([]byte, size)); err != nil {
			size /= 2
		}
	}
	require.Eventually(t, func() bool { st := sch.Stats(); return st.Fault != "" && st.Faults > 1 }, patience, 10*time.Millisecond)
	require.Contains(t, sch.Stats().Fault, "nats server report jetstream")
	logs.Await(t, "schedules are not kept; this is tried again, and what is missed is dealt with as the manifests say")
	published := sch.Stats().Published
	require.NoError(t, other.Purge(t.Context()))
	require.Eventually(t, func() bool { st := sch.Stats(); return st.Fault == "" && st.Published > published }, patience, 10*time.Millisecond)
	logs.Await(t, "schedules are kept again")
}
