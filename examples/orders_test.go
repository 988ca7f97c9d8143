package examples_test

import (
	"encoding/json"
	"fmt"
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

// viewsOfStream sends page views to the stream that tally listens to, and one that is none.
func viewsOfStream(t *testing.T, conn *nats.Conn) {
	t.Helper()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	tallies, err := conn.SubscribeSync("tally.views")
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "VIEWS", Subjects: []string{"views.>"}})
	require.NoError(t, err)
	const views = 250
	for i := range views {
		_, err = js.Publish(t.Context(), "views.web", fmt.Appendf(nil, "/%d", i%2))
		require.NoError(t, err)
	}
	_, err = js.Publish(t.Context(), "views.web", []byte("home"))
	require.NoError(t, err)
	sum, messages := map[string]int{}, 0
	for sum["/0"]+sum["/1"] < views {
		msg, err := tallies.NextMsg(patience)
		require.NoError(t, err)
		messages++
		var part map[string]int
		require.NoError(t, json.Unmarshal(msg.Data, &part))
		for page, n := range part {
			sum[page] += n
		}
	}
	require.Equal(t, map[string]int{"/0": views / 2, "/1": views / 2}, sum)
	require.Less(t, messages, views/2, "several in one call")
	box := deadletter.New(js, deadletter.DefaultConfig())
	require.Eventually(t, func() bool {
		for letter, err := range box.All(t.Context(), deadletter.Filter{Function: "tally"}) {
			return err == nil && letter.Sequence == views+1
		}
		return false
	}, patience, 20*time.Millisecond)
}

// entriesOfStream sends entries of two accounts to the stream that account listens to.
func entriesOfStream(t *testing.T, conn *nats.Conn) {
	t.Helper()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	statements, err := conn.SubscribeSync("statements.*")
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ACCOUNTS", Subjects: []string{"accounts.>"}})
	require.NoError(t, err)
	for _, entry := range []string{`{"amount":500}`, `{"amount":-200}`, `{"amount":"much"}`, `{"amount":-301}`, `{"amount":-300}`} {
		for _, id := range []string{"7", "8"} {
			_, err = js.Publish(t.Context(), "accounts."+id+".entry", []byte(entry))
			require.NoError(t, err)
		}
	}
	said := map[string][]string{}
	for range 8 {
		msg, err := statements.NextMsg(patience)
		require.NoError(t, err)
		said[msg.Subject] = append(said[msg.Subject], string(msg.Data))
	}
	for _, id := range []string{"7", "8"} {
		require.Equal(t, []string{
			`{"account":"` + id + `","balance":500,"entries":1}`, `{"account":"` + id + `","balance":300,"entries":2}`,
			`{"account":"` + id + `","refused":"a balance of 300 is too little"}`, `{"account":"` + id + `","balance":0,"entries":3}`,
		}, said["statements."+id])
	}
	// One account calls another.
	for _, entry := range [][2]string{
		{"9", `{"amount":500}`}, {"9", `{"amount":200,"to":"10"}`}, {"9", `{"amount":301,"to":"10"}`}, {"10", `{"amount":1}`},
	} {
		_, err = js.Publish(t.Context(), "accounts."+entry[0]+".entry", []byte(entry[1]))
		require.NoError(t, err)
		msg, err := statements.NextMsg(patience)
		require.NoError(t, err)
		said[msg.Subject] = append(said[msg.Subject], string(msg.Data))
	}
	require.Equal(t, []string{
		`{"account":"9","balance":500,"entries":1}`, `{"account":"9","balance":300,"entries":2}`, `{"account":"9","refused":"a balance of 300 is too little"}`,
	}, said["statements.9"])
	require.Equal(t, []string{`{"account":"10","balance":201,"entries":2}`}, said["statements.10"])
}
