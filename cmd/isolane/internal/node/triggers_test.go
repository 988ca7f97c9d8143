package node

import (
	"encoding/json"
	"strconv"
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

// Changes of a key-value bucket and of an object store are messages too.
func TestBucketTriggers(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"stock.ts":   `export default (m: any) => [m.subject, m.text(), m.headers.get("kv-operation")]`,
		"stock.yaml": `stream: { bucket: stock, subject: "items.{id}", reply: "changed.{id}" }`,
		"photo.ts":   `export default (m: any) => { const o = m.json(); return [o.name, o.size, o.deleted === true] }`,
		"photo.yaml": `stream: { objects: photos, reply: photographed }`,
	}, func(c *config.Config) { c.Runtimes.Count = 1 })
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	changed, err := nc.SubscribeSync("changed.*")
	require.NoError(t, err)
	photographed, err := nc.SubscribeSync("photographed")
	require.NoError(t, err)
	next := func(sub *nats.Subscription) string {
		msg, err := sub.NextMsg(patience)
		require.NoError(t, err)
		return string(msg.Data)
	}
	bucket, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "stock"})
	require.NoError(t, err)
	_, err = bucket.PutString(t.Context(), "other", "not listened to")
	require.NoError(t, err)
	_, err = bucket.PutString(t.Context(), "items.7", "three left")
	require.NoError(t, err)
	require.JSONEq(t, `["$KV.stock.items.7", "three left", null]`, next(changed))
	require.NoError(t, bucket.Delete(t.Context(), "items.7"))
	require.JSONEq(t, `["$KV.stock.items.7", "", "DEL"]`, next(changed))

	photos, err := js.CreateObjectStore(t.Context(), jetstream.ObjectStoreConfig{Bucket: "photos"})
	require.NoError(t, err)
	_, err = photos.PutString(t.Context(), "cat.jpg", "meow")
	require.NoError(t, err)
	require.JSONEq(t, `["cat.jpg", 4, false]`, next(photographed))
	require.NoError(t, photos.Delete(t.Context(), "cat.jpg"))
	require.JSONEq(t, `["cat.jpg", 0, true]`, next(photographed))
}

// Messages with one key are run one after the other by an isolate that could run them
// side by side, and those with different keys are.
func TestStreamTriggerInOrder(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"pay.ts": `let running: Record<string, number> = {}, most = 0;
		export default async (m: any) => {
		  const id = m.subject.split(".")[1];
		  running[id] = (running[id] ?? 0) + 1;
		  if (running[id] > 1) throw new Error("two of " + id);
		  most = Math.max(most, Object.values(running).reduce((a, b) => a + b));
		  await new Promise((r) => setTimeout(r, 20));
		  running[id]--;
		  return { id, n: Number(m.text()), most, fence: Number(m.headers.get("isolane-fence")) };
		}`,
		"pay.yaml": `stream: { name: ORDERS, subject: "orders.{id}", order: "{id}", reply: results, deliveries: 1 }`,
	}, func(c *config.Config) { c.Runtimes.Count = 1 })
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.*"}})
	require.NoError(t, err)
	results, err := nc.SubscribeSync("results")
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	for n := range 10 {
		for _, id := range []string{"a", "b", "c"} {
			_, err = js.Publish(t.Context(), "orders."+id, []byte(strconv.Itoa(n)))
			require.NoError(t, err)
		}
	}
	next, most := map[string]int{}, 0
	for range 30 {
		reply, err := results.NextMsg(patience)
		require.NoError(t, err)
		var got struct {
			ID             string
			N, Most, Fence int
		}
		require.NoError(t, json.Unmarshal(reply.Data, &got))
		require.Equal(t, next[got.ID], got.N, got.ID)
		require.Positive(t, got.Fence)
		next[got.ID]++
		most = max(most, got.Most)
	}
	require.Greater(t, most, 1, "different keys are run side by side")
}

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
	require.Eventually(t, func() bool {
		mended, err := nc.Request("fn.pay", nil, patience)
		return err == nil && strings.HasPrefix(string(mended.Data), "mended")
	}, patience, 10*time.Millisecond, "the saved file is not deployed")
	require.NoError(t, box.Redrive(t.Context(), letter, ""))
	reply, err = results.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "mended: poison", string(reply.Data))
}
