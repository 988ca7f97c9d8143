package node

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// A function that a manifest gives a stream runs for each of its messages, sees where
// it stands, and its reply goes where the manifest says; what it fails on is a dead
// letter in the end.
func TestStreamTrigger(t *testing.T) {
	const trigger = `
stream:
  name: ORDERS
  subject: "orders.{id}.new"
  deliveries: 2
  backoff: [1ms]
  reply: "results.{id}"
`
	n, nc := serve(t, map[string]string{
		"pay.ts": `export default (m: any, ctx: any) => {
		  if (m.text() === "poison") throw new TypeError("cannot pay " + m.headers.get("x-order"));
		  return [m.subject, m.text(), m.headers.get("nats-stream"), m.headers.get("nats-sequence"), ctx.invocation.attempt];
		}`, "pay.yaml": trigger,
	}, func(c *config.Config) { c.Runtimes.Count = 1 })
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	results, err := nc.SubscribeSync("results.*")
	require.NoError(t, err)
	require.NoError(t, nc.Flush())

	_, err = js.Publish(t.Context(), "orders.7.new", []byte("a book"))
	require.NoError(t, err)
	reply, err := results.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "results.7", reply.Subject)
	require.JSONEq(t, `["orders.7.new", "a book", "ORDERS", "1", 1]`, string(reply.Data))

	poison := nats.NewMsg("orders.8.new")
	poison.Data = []byte("poison")
	poison.Header.Set("X-Order", "8")
	_, err = js.PublishMsg(t.Context(), poison)
	require.NoError(t, err)
	box := deadletter.New(js, deadletter.DefaultConfig())
	var letter *deadletter.Letter
	require.Eventually(t, func() bool {
		letter, err = box.Get(t.Context(), 1)
		return err == nil
	}, patience, 10*time.Millisecond)
	require.Equal(t, function.Exception, letter.Outcome)
	require.Contains(t, letter.Error, "cannot pay 8")
	require.Contains(t, letter.Location, "pay.ts:2:")
	require.Contains(t, letter.Stack, "pay.ts:2:")
	require.Equal(t, 2, letter.Attempts)
	require.Equal(t, "poison", string(letter.Payload))
	require.Equal(t, "test", letter.Node)
	require.NotEmpty(t, letter.Version)

	// A version that is mended gets it again.
	save(t, n.cfg.Functions, map[string]string{"pay.ts": `export default (m: any) => "mended: " + m.text()`})
	for mended := ""; !strings.HasPrefix(mended, "mended"); {
		mended = string(ask(t, nc, "fn.pay", "").Data)
	}
	require.NoError(t, box.Redrive(t.Context(), letter, ""))
	reply, err = results.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "mended: poison", string(reply.Data))
}
