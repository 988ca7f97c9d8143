package examples_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
)

// ordersOfStream sends an order to the stream that the example listens to, and one that
// it cannot handle.
func ordersOfStream(t *testing.T, conn *nats.Conn) {
	t.Helper()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	results, err := conn.SubscribeSync("results.*")
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	_, err = js.Publish(t.Context(), "orders.7.new", []byte(`{"items":[{"price":2},{"price":3}]}`))
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "orders.8.new", []byte(`{"items":[]}`))
	require.NoError(t, err)

	reply, err := results.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "results.7", reply.Subject)
	require.JSONEq(t, `{"id":"7","total":5,"sequence":1,"attempt":1}`, string(reply.Data))
	box := deadletter.New(js, deadletter.DefaultConfig())
	var letter *deadletter.Letter
	require.Eventually(t, func() bool {
		letter, err = box.Get(t.Context(), 1)
		return err == nil
	}, patience, 20*time.Millisecond)
	require.Equal(t, "orders.8.new", letter.Subject)
	require.Equal(t, 3, letter.Attempts)
	require.Contains(t, letter.Error, "an order has items")
}
