package calls

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true})
	require.NoError(t, err)
	go s.Start()
	require.True(t, s.ReadyForConnections(30*time.Second))
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	conn, err := nats.Connect(s.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	// One in three is answered twice, one crashes, one has no reply.
	_, err = conn.Subscribe("f", func(m *nats.Msg) {
		switch m.Data[0] % 3 {
		case 0:
			_ = m.Respond(nil)
			_ = m.Respond(nil)
		case 1:
			_ = m.RespondMsg(&nats.Msg{Header: nats.Header{"Isolane-Outcome": {"crashed"}}})
		}
	})
	require.NoError(t, err)
	book := &Book{Began: time.Now()}
	cfg := Config{Subject: "f", Payload: func(n int) []byte { return []byte{byte(n)} }, Rate: 300, Duration: 200 * time.Millisecond, Wait: 300 * time.Millisecond}
	require.NoError(t, Run(t.Context(), conn, cfg, book))
	list := book.Calls()
	require.Len(t, list, 60)
	for i, c := range list {
		require.Equal(t, []string{"ok", "crashed", NoReply}[i%3], c.End)
		require.Equal(t, []int{2, 1, 0}[i%3], c.Replies)
	}
}

func TestPercentile(t *testing.T) {
	list := []Call{{Sent: 1, Took: time.Millisecond, End: "ok"}, {Sent: 2, Took: 3 * time.Millisecond, End: "ok"}, {Sent: 3, End: NoReply}, {Sent: 10, Took: time.Hour, End: "ok"}}
	require.InDelta(t, 3, Percentile(list, 0, 10, 0.5), 1e-9)
	require.InDelta(t, 60000, Percentile(list, 0, 10, 1), 1e-9)
	require.InDelta(t, 1, Percentile(list, 0, 10, 0), 1e-9)
	require.Zero(t, Percentile(list, 20, 30, 0.5))
}
