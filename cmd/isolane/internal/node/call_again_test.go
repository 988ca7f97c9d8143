package node

import (
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// A run that makes again what the one before has called, by way of another function too, changes
// nothing twice: it is answered while the key has the answers, and told by name what of it was
// applied, and what nobody can tell.
func TestCallsMadeAgain(t *testing.T) {
	const calls = 800
	_, nc := serve(t, map[string]string{
		"sum.js": `export default class {
			message() {}
			async add(n, ctx) { const sum = ((await ctx.state.get()) ?? 0) + n; await ctx.state.put(sum); return sum }
		}`,
		"sum.yaml": "key: \"sums.{id}\"\nstream: SUMS\n",
		"relay.js": `export default async (msg, ctx) => {
			try { return { sum: await ctx.call("sum", "b", "add", 1) } } catch (e) { return { name: e.name } }
		}`,
		"relay.yaml": "permissions: { calls: [sum] }",
		"many.js": `export default class {
			async message(msg, ctx) {
				const by = {}, sums = [];
				for (let n = 0; n < 800; n++) {
					let what = "ok";
					try { sums.push(await ctx.call("sum", "a", "add", 1)) } catch (e) { what = e.name }
					by[what] = (by[what] ?? 0) + 1;
				}
				const relayed = (await ctx.nats.request("fn.relay")).json();
				if (ctx.invocation.attempt === 1) throw new Error("once more");
				return { by, first: sums[0], last: sums.at(-1), relayed };
			}
		}`,
		"many.yaml": "key: \"many.{id}\"\nstream: { name: MANY, reply: \"made.{id}\", backoff: [1ms] }\n" +
			"permissions: { calls: [sum], nats: { request: [fn.relay] } }\nlimits: { wall: 10m, cpu: 2m, subrequests: 1000 }\n",
	}, func(*config.Config) {})
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	for name, subject := range map[string]string{"SUMS": "sums.*", "MANY": "many.*"} {
		_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}})
		require.NoError(t, err)
	}
	made, err := nc.SubscribeSync("made.*")
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	_, err = js.Publish(t.Context(), "many.x", nil)
	require.NoError(t, err)
	msg, err := made.NextMsg(10 * patience)
	require.NoError(t, err)
	var got struct {
		By          map[string]int
		First, Last int
		Relayed     struct{ Sum int }
	}
	require.NoError(t, json.Unmarshal(msg.Data, &got), string(msg.Data))
	require.Equal(t, 64, got.By["ok"], string(msg.Data))
	require.Equal(t, []int{calls - 63, calls}, []int{got.First, got.Last}, "the answers of the first run")
	require.GreaterOrEqual(t, got.By["AppliedError"], 448)
	require.Positive(t, got.By["ForgottenError"])
	require.Equal(t, calls, got.By["ok"]+got.By["AppliedError"]+got.By["ForgottenError"], string(msg.Data))
	require.Equal(t, 1, got.Relayed.Sum, string(msg.Data))
	kv, err := js.KeyValue(t.Context(), stream.StateBucket("sum"))
	require.NoError(t, err)
	for key, want := range map[string]string{"a": `"state":800}`, "b": `"state":1}`} {
		entry, err := kv.Get(t.Context(), stream.StateKey(key))
		require.NoError(t, err)
		require.Contains(t, string(entry.Value()), want)
	}
}
