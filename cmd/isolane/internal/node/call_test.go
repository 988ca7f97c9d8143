package node

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/hostnats"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// callee is a keyed function whose methods call one another's keys.
const callee = `export default class Node {
  async message(msg, ctx) {
    await ctx.state.put({ ...(await ctx.state.get()), last: msg.text() });
    const { chain } = msg.json();
    return { answer: await ctx.call("link", chain[0], "next", chain.slice(1)) };
  }
  async next(chain, ctx) {
    const seen = ((await ctx.state.get())?.seen ?? 0) + 1;
    await ctx.state.put({ seen });
    if (chain.length === 0) return [ctx.key + seen];
    return [ctx.key + seen, ...await ctx.call("link", chain[0], "next", chain.slice(1))];
  }
  async fail(args, ctx) {
    await ctx.state.put("not this");
    throw Object.assign(new RangeError("too far"), { code: args });
  }
  async peek(_, ctx) { return await ctx.state.get() }
  async slow() { await new Promise((r) => setTimeout(r, 600_000)) }
  other() {}
  _own() {}
}`

// caller tells what came of a call.
const callerSource = `export default async (msg, ctx) => {
  const { fn = "link", key, method, args, options } = msg.json();
  try {
    return { value: await ctx.call(fn, key, method, args, options) };
  } catch (e) {
    const { name, message, outcome, code, cause } = e;
    return { name, message, outcome, code, cause: cause && { name: cause.name, message: cause.message, code: cause.code, stack: cause.stack } };
  }
}`

// called is what caller tells.
type called struct {
	Value                  json.RawMessage
	Name, Message, Outcome string
	Code                   int
	Cause                  *struct {
		Name, Message, Stack string
		Code                 any
	}
}

func callThrough(t *testing.T, nc *nats.Conn, ask string) (got called) {
	t.Helper()
	answer, err := nc.Request("fn.web", []byte(ask), patience)
	require.NoError(t, err)
	require.Empty(t, answer.Header.Get(errorHeader))
	require.NoError(t, json.Unmarshal(answer.Data, &got))
	return got
}

// Functions call methods of keys, and keys those of others: on a node with one runtime that
// holds one invocation at a time, in both engines.
func TestCalls(t *testing.T) {
	for name, engine := range map[string]string{"v8": "v8", "light": "quickjs", "isolate": "v8\nisolation: isolate"} {
		t.Run(name, func(t *testing.T) {
			n, nc := serve(t, map[string]string{
				"link.js":   callee,
				"link.yaml": "engine: " + engine + "\nkey: \"links.{id}\"\nstream: { name: LINKS, reply: \"linked.{id}\", deliveries: 2, backoff: [1ms] }\npermissions: { calls: [link] }",
				"web.js":    callerSource,
				"web.yaml":  "engine: " + engine + "\npermissions: { calls: [link] }",
			}, func(c *config.Config) { c.Runtimes.Count, c.Runtimes.MaxInflight = 1, 1 })
			js, err := jetstream.New(nc)
			require.NoError(t, err)
			_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "LINKS", Subjects: []string{"links.*"}})
			require.NoError(t, err)

			require.JSONEq(t, `["a1","b1","c1"]`, string(callThrough(t, nc, `{"key":"a","method":"next","args":["b","c"]}`).Value))
			require.JSONEq(t, `["c2"]`, string(callThrough(t, nc, `{"key":"c","method":"next","args":[]}`).Value))

			got := callThrough(t, nc, `{"key":"a","method":"next","args":["b","c","a"]}`)
			require.Equal(t, "CallError", got.Name)
			require.Equal(t, "exception", got.Outcome)
			require.Contains(t, got.Message, "web > link/a > link/b > link/c > link/a")
			require.Contains(t, got.Message, "CycleError")
			got = callThrough(t, nc, `{"key":"a","method":"next","args":["a"]}`)
			require.Equal(t, "CycleError", got.Cause.Name)

			got = callThrough(t, nc, `{"key":"c","method":"fail","args":"E_FAR"}`)
			require.Equal(t, "CallError", got.Name)
			require.Equal(t, "link/c.fail: RangeError: too far", got.Message)
			require.Equal(t, 500, got.Code)
			require.Equal(t, "RangeError", got.Cause.Name)
			require.Equal(t, "too far", got.Cause.Message)
			require.Equal(t, "E_FAR", got.Cause.Code)
			require.Contains(t, got.Cause.Stack, "link.js")
			require.JSONEq(t, `{"seen":2}`, string(callThrough(t, nc, `{"key":"c","method":"peek"}`).Value), "what fails leaves nothing behind")

			got = callThrough(t, nc, `{"key":"c","method":"mising"}`)
			require.Equal(t, "bad-request", got.Outcome)
			require.Contains(t, got.Message, "there are next, fail, peek, slow, other")
			got = callThrough(t, nc, `{"key":"c","method":"slow","options":{"timeout":50}}`)
			require.Equal(t, "TimeoutError", got.Name)
			for ask, want := range map[string]string{
				`{"fn":"web","key":"a","method":"x"}`:                  "PermissionDeniedError: call: the function \"web\" is not permitted: add to the manifest permissions: { calls: [web] }",
				`{"fn":"No","key":"a","method":"x"}`:                   "TypeError: call: \"No\" is no function's name: lower-case letters, digits and -",
				`{"key":"a.b","method":"x"}`:                           "TypeError: call: the key \"a.b\" has a point: a key is one word of a subject",
				`{"key":null,"method":"x"}`:                            "TypeError: call: no key was given: a function without keys takes messages, call it with ctx.nats.request(\"fn.NAME\", data)",
				`{"key":"a","method":"_own"}`:                          "TypeError: call: the method \"_own\" is not called by others, as constructor, message, alarm, batch and what begins with _ are not",
				`{"key":"a","method":"next","options":{"timeout":-1}}`: "TypeError: call: timeout must be a positive number of milliseconds",
			} {
				got = callThrough(t, nc, ask)
				require.Equal(t, want, got.Name+": "+got.Message)
			}

			// From within the turn of a message, which is committed after it.
			linked, err := nc.SubscribeSync("linked.*")
			require.NoError(t, err)
			require.NoError(t, nc.Flush())
			for i := range 5 {
				_, err = js.Publish(t.Context(), "links.m", []byte(`{"chain":["x","y"]}`))
				require.NoError(t, err)
				msg, err := linked.NextMsg(patience)
				require.NoError(t, err)
				require.JSONEq(t, fmt.Sprintf(`{"answer":["x%d","y%d"]}`, i+1, i+1), string(msg.Data))
			}
			answer, err := nc.Request("fn.link", nil, patience)
			require.NoError(t, err)
			require.Equal(t, function.BadRequest, outcomeOf(t, answer))
			kv, err := js.KeyValue(t.Context(), stream.StateBucket("link"))
			require.NoError(t, err)
			entry, err := kv.Get(t.Context(), stream.StateKey("x"))
			require.NoError(t, err)
			require.Contains(t, string(entry.Value()), `"state":{"seen":5}`)

			// And all of it is counted.
			st := n.host.Stats()
			require.Positive(t, st.Calls[hostnats.CallOK])
			require.EqualValues(t, 2, st.Calls[string(hostcap.Cycle)])
			require.EqualValues(t, 1, st.Calls[string(hostcap.Timeout)])
			require.Positive(t, st.Calls[string(hostcap.Failed)])
			require.Zero(t, st.CallsPending)
			var sent uint64
			for _, count := range st.Calls {
				sent += count
			}
			took := n.keyCalls.Counts()
			require.Equal(t, sent-2, took.Total(), "cycles are not sent")
		})
	}
}
