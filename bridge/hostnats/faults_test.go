package hostnats

import (
	"log/slog"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// What a stream, a bucket or the server has no room for is refused, with words for the
// function and for whoever runs the node, and goes well once there is room.
func TestNoRoom(t *testing.T) {
	for name, tc := range map[string]struct {
		most int64 // bytes that the server stores
		cfg  jetstream.StreamConfig
	}{
		"stream": {cfg: jetstream.StreamConfig{MaxMsgs: 1, Discard: jetstream.DiscardNew}},
		"server": {most: 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			s := natskit.Raw(t, &server.Options{JetStream: true, JetStreamMaxStore: tc.most})
			logs := new(logkit.Buffer)
			h := hostOn(t, s.ClientURL(), func(c *Config) { c.Logger = slog.New(slog.NewTextHandler(logs, nil)) })
			js := natskit.JetStream(t, natskit.Connect(t, s.ClientURL()))
			tc.cfg.Name, tc.cfg.Subjects = "ORDERS", []string{"orders"}
			orders, err := js.CreateStream(t.Context(), tc.cfg)
			require.NoError(t, err)
			n := 0
			for ; err == nil && n < 10; n++ {
				_, err = h.PublishAcked(t.Context(), caller(n), hostcap.Message{Subject: "orders", Data: make([]byte, 400<<10)})
			}
			requireKind(t, hostcap.Refused, err, "the stream has no room")
			logs.Await(t, "NATS did not take what a function sent, which was told")
			logs.Await(t, "nats server report jetstream")
			logs.Await(t, "subject=orders")
			require.EqualValues(t, 1, h.Stats().Failures[hostcap.Refused])
			require.NoError(t, orders.Purge(t.Context()))
			_, err = h.PublishAcked(t.Context(), caller(n+1), hostcap.Message{Subject: "orders"})
			require.NoError(t, err)
		})
	}
}
