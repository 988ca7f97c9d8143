package node

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// A class that a manifest gives a key gets its messages one after the other, each with the
// state that the one before left; however it is isolated, and in both engines.
func TestKeyedFunction(t *testing.T) {
	const source = `export default class Order {
	  async message(msg: any, ctx: any) {
	    const order = (await ctx.state.get()) ?? { lines: [] };
	    await new Promise((r) => setTimeout(r, 1));
	    order.lines.push(msg.text());
	    await ctx.state.put(order);
	    if (msg.text() === "poison") throw new Error("no");
	    return { id: ctx.key, lines: order.lines };
	  }
	}`
	for name, manifest := range map[string]string{"warm": "", "context": "isolation: context\n", "isolate": "isolation: isolate\n", "light": "engine: quickjs\n"} {
		t.Run(name, func(t *testing.T) {
			_, nc := serve(t, map[string]string{"order.ts": source, "order.yaml": manifest + `
key: "orders.{id}.>"
stream: { name: ORDERS, reply: "results.{id}", deliveries: 2, backoff: [1ms] }`}, func(c *config.Config) { c.Runtimes.Count = 2 })
			js, err := jetstream.New(nc)
			require.NoError(t, err)
			_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
			require.NoError(t, err)
			results, err := nc.SubscribeSync("results.*")
			require.NoError(t, err)
			require.NoError(t, nc.Flush())
			const keys, each = 5, 6
			for n := range each {
				for key := range keys {
					text := strconv.Itoa(n)
					if n == 3 {
						text = "poison"
					}
					_, err = js.Publish(t.Context(), fmt.Sprintf("orders.%d.new", key), []byte(text))
					require.NoError(t, err)
				}
			}
			last := map[string][]string{}
			for range keys * (each - 1) {
				msg, err := results.NextMsg(patience)
				require.NoError(t, err)
				var got struct {
					ID    string
					Lines []string
				}
				require.NoError(t, json.Unmarshal(msg.Data, &got))
				require.Equal(t, "results."+got.ID, msg.Subject)
				require.Greater(t, len(got.Lines), len(last[got.ID]))
				last[got.ID] = got.Lines
			}
			kv, err := js.KeyValue(t.Context(), stream.StateBucket("order"))
			require.NoError(t, err)
			for key := range keys {
				require.Equal(t, []string{"0", "1", "2", "4", "5"}, last[strconv.Itoa(key)], "what failed left nothing behind")
				entry, err := kv.Get(t.Context(), stream.StateKey(strconv.Itoa(key)))
				require.NoError(t, err)
				require.Contains(t, string(entry.Value()), `"state":{"lines":["0","1","2","4","5"]}`)
			}
			// It takes the messages of its stream alone.
			answer, err := nc.Request("fn.order", nil, patience)
			require.NoError(t, err)
			require.Equal(t, function.BadRequest, outcomeOf(t, answer))
			require.Contains(t, answer.Header.Get(errorHeader), "this is a keyed function")
		})
	}
}

// The alarm that a message sets calls alarm(ctx) of the class, or of the object, with the key and
// the state; in both engines.
func TestKeyedAlarm(t *testing.T) {
	const methods = `
	  async message(msg: any, ctx: any) {
	    await ctx.state.put([msg.text(), await ctx.alarm.get() ?? null]);
	    await ctx.alarm.set(new Date(Date.now() + Number(msg.text())));
	  },
	  async alarm(ctx: any) {
	    const state = await ctx.state.get();
	    await new Promise((r) => setTimeout(r, 1));
	    if (ctx.invocation.attempt === 1) throw new Error("not at once");
	    await ctx.state.put([...state, ctx.key, await ctx.alarm.get() ?? null]);
	    await ctx.nats.publish("rang." + ctx.key, ctx.invocation.id);
	  }`
	sources := map[string]string{
		"class":  "export default class {" + strings.Replace(methods, "},\n", "}\n", 1) + "}",
		"object": "export default {" + methods + "}",
	}
	for name, manifest := range map[string]string{"class": "", "object": "isolation: context\n", "class light": "engine: quickjs\n", "object light": "engine: quickjs\n"} {
		t.Run(name, func(t *testing.T) {
			source, _, _ := strings.Cut(name, " ")
			_, nc := serve(t, map[string]string{"order.ts": sources[source], "order.yaml": manifest + `
key: "orders.{id}.>"
permissions: { nats: { publish: ["rang.*"] } }
stream: { name: ORDERS, backoff: [1ms] }`}, func(c *config.Config) { c.Runtimes.Count = 2 })
			js, err := jetstream.New(nc)
			require.NoError(t, err)
			_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
			require.NoError(t, err)
			rang, err := nc.SubscribeSync("rang.*")
			require.NoError(t, err)
			require.NoError(t, nc.Flush())
			_, err = js.Publish(t.Context(), "orders.7.new", []byte("100"))
			require.NoError(t, err)
			msg, err := rang.NextMsg(patience)
			require.NoError(t, err)
			require.Equal(t, "rang.7", msg.Subject)
			require.Regexp(t, "^a[0-9a-f]{24}$", string(msg.Data))
			kv, err := js.KeyValue(t.Context(), stream.StateBucket("order"))
			require.NoError(t, err)
			require.Eventually(t, func() bool {
				entry, err := kv.Get(t.Context(), "7")
				return err == nil && strings.HasSuffix(string(entry.Value()), `"state":["100",null,"7",null]}`) && !strings.Contains(string(entry.Value()), `"alarm":`)
			}, patience, 5*time.Millisecond)
		})
	}
}

const errorHeader = "Nats-Service-Error"
