package node

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// inside is a function that does what its message says, with NATS from inside.
const inside = `
export default async (msg, ctx) => {
  const { op, to, key, data, options, revision } = msg.json();
  try {
    switch (op) {
      case "publish": return (await ctx.nats.publish(to, data, options)) ?? "published";
      case "request": return { text: (await ctx.nats.request(to, data, options)).text() };
      case "get": { const e = await ctx.kv(to).get(key); return e === null ? "none" : { value: e.json(), revision: e.revision }; }
      case "put": return await ctx.kv(to).put(key, data);
      case "create": return await ctx.kv(to).create(key, data);
      case "update": return await ctx.kv(to).update(key, data, revision);
      case "delete": return (await ctx.kv(to).delete(key)) ?? "deleted";
      case "keys": return await ctx.kv(to).keys();
    }
  } catch (e) {
    return { error: e.name, message: e.message, code: e.code, outcome: e.outcome };
  }
};`

// grants is the manifest's line for the tests.
const grants = `permissions: { nats: { publish: ["orders.>", "ids"], request: ["fn.>", "silent", "nobody"] }, kv: [carts, missing] }`

// did is what a call of inside answered.
type did struct {
	Text, Error, Message, Stream, Outcome string
	Sequence, Revision                    uint64
	Duplicate                             bool
	Value                                 any
	Code                                  int
}

func do(t *testing.T, nc *nats.Conn, name, id, what string) (did, string) {
	t.Helper()
	m := nats.NewMsg("fn." + name)
	m.Data = []byte(what)
	if id != "" {
		m.Header.Set("Isolane-Invocation", id)
	}
	reply, err := nc.RequestMsg(m, patience)
	require.NoError(t, err)
	require.Equal(t, function.OK, outcomeOf(t, reply), "%s: %v", what, reply.Header)
	var d did
	_ = json.Unmarshal(reply.Data, &d) // a plain text is told as it is
	return d, string(reply.Data)
}

// TestNATSFromInside: publishing once, requests and buckets, whatever the isolation.
func TestNATSFromInside(t *testing.T) {
	modes := map[string]string{"warm": "isolation: warm\n", "context": "isolation: context\n", "isolate": "isolation: isolate\n", "dedicated": "dedicated: true\n"}
	files := map[string]string{"echo.js": "export default (msg) => msg.text()", "fails.js": "export default () => { throw new Error('sorry') }"}
	for name, mode := range modes {
		files[name+".js"], files[name+".yaml"] = inside, mode+grants
	}
	_, nc := serve(t, files, nil)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	orders, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "carts"})
	require.NoError(t, err)
	for name := range modes {
		t.Run(name, func(t *testing.T) {
			publish := `{"op":"publish","to":"orders.new","data":{"n":1},"options":{"ack":true}}`
			first, _ := do(t, nc, name, "order-"+name, publish)
			require.Equal(t, "ORDERS", first.Stream)
			again, _ := do(t, nc, name, "order-"+name, publish)
			require.True(t, again.Duplicate, "the same invocation again")
			require.Equal(t, first.Sequence, again.Sequence)
			other, _ := do(t, nc, name, "", publish)
			require.False(t, other.Duplicate, "another invocation")
			kept, err := orders.GetMsg(t.Context(), first.Sequence)
			require.NoError(t, err)
			require.JSONEq(t, `{"n":1}`, string(kept.Data))
			require.Equal(t, "order-"+name+"/"+name+"/1", kept.Header.Get("Nats-Msg-Id"))

			asked, _ := do(t, nc, name, "", `{"op":"request","to":"fn.echo","data":"hi"}`)
			require.Equal(t, "hi", asked.Text)
			asked, _ = do(t, nc, name, "", `{"op":"request","to":"fn.fails"}`)
			require.Equal(t, "ServiceError", asked.Error)
			require.Equal(t, 500, asked.Code)
			require.Equal(t, "exception", asked.Outcome)
			asked, _ = do(t, nc, name, "", `{"op":"request","to":"nobody"}`)
			require.Equal(t, "NoRespondersError", asked.Error)

			_, text := do(t, nc, name, "", `{"op":"get","to":"carts","key":"`+name+`"}`)
			require.Equal(t, "none", text)
			_, text = do(t, nc, name, "", `{"op":"create","to":"carts","key":"`+name+`","data":{"items":2}}`)
			var revision uint64
			require.NoError(t, json.Unmarshal([]byte(text), &revision))
			entry, _ := do(t, nc, name, "", `{"op":"get","to":"carts","key":"`+name+`"}`)
			require.Equal(t, map[string]any{"items": 2.0}, entry.Value)
			require.Equal(t, revision, entry.Revision)
			entry, _ = do(t, nc, name, "", `{"op":"create","to":"carts","key":"`+name+`","data":1}`)
			require.Equal(t, "ConflictError", entry.Error)
			entry, _ = do(t, nc, name, "", fmt.Sprintf(`{"op":"update","to":"carts","key":%q,"data":1,"revision":%d}`, name, revision+1000))
			require.Equal(t, "ConflictError", entry.Error)
			_, text = do(t, nc, name, "", `{"op":"keys","to":"carts"}`)
			require.JSONEq(t, `["`+name+`"]`, text)
			_, text = do(t, nc, name, "", `{"op":"delete","to":"carts","key":"`+name+`"}`)
			require.Equal(t, "deleted", text)
		})
	}
}

// TestRedeliveryPublishesOnce: a function that a stream triggers publishes, and fails; the
// next delivery publishes the same again, and the stream behind has it once.
func TestRedeliveryPublishesOnce(t *testing.T) {
	const attempts = 3
	_, nc := serve(t, map[string]string{
		"f.js": `export default async (msg, ctx) => {
			const ack = await ctx.nats.publish("orders.a", msg.text(), { ack: true });
			const { attempt } = ctx.invocation;
			await ctx.nats.publish("ids", { attempt, duplicate: ack.duplicate }, { msgId: "attempt-" + attempt });
			if (attempt < 3) throw new Error("once more");
		}`,
		"f.yaml": "stream: { name: IN, backoff: [10ms] }\n" + grants,
	}, nil)
	ids, err := nc.SubscribeSync("ids")
	require.NoError(t, err)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	orders, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in"}})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "in", []byte("order"))
	require.NoError(t, err)
	for attempt := 1; attempt <= attempts; attempt++ {
		m, err := ids.NextMsg(patience)
		require.NoError(t, err)
		require.JSONEq(t, fmt.Sprintf(`{"attempt":%d,"duplicate":%t}`, attempt, attempt > 1), string(m.Data))
	}
	info, err := orders.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, info.State.Msgs)
}

// TestDeniedFromInside: what the manifest does not grant is refused with the line that
// would, and what no manifest can grant is not reached.
func TestDeniedFromInside(t *testing.T) {
	_, nc := serve(t, map[string]string{"f.js": inside, "f.yaml": grants, "none.js": inside}, nil)
	for what, want := range map[string]string{
		`{"op":"publish","to":"other"}`:                        `publish: ["other"]`,
		`{"op":"publish","to":"silent"}`:                       `publish: ["silent"]`,
		`{"op":"publish","to":"$JS.API.STREAM.DELETE.ORDERS"}`: "no manifest can grant it",
		`{"op":"publish","to":"$KV.isolane.runtimes.total"}`:   "no manifest can grant it",
		`{"op":"request","to":"isolane.node.test.drain"}`:      `request: ["isolane.node.test.drain"]`,
		`{"op":"request","to":"$SRV.PING"}`:                    `request: ["$SRV.PING"]`,
		`{"op":"get","to":"isolane","key":"a"}`:                "no manifest can grant it",
		`{"op":"put","to":"isolane-functions","key":"a"}`:      "no value was given",
		`{"op":"get","to":"other","key":"a"}`:                  `kv: ["other"]`,
	} {
		denied, _ := do(t, nc, "f", "", what)
		require.Contains(t, denied.Message, want)
		if !strings.Contains(what, `"put"`) {
			require.Equal(t, "PermissionDeniedError", denied.Error, what)
		}
	}
	denied, _ := do(t, nc, "none", "", `{"op":"publish","to":"orders.a"}`)
	require.Equal(t, "PermissionDeniedError", denied.Error)
	missing, _ := do(t, nc, "f", "", `{"op":"get","to":"missing","key":"a"}`)
	require.Equal(t, "NotFoundError", missing.Error)
}

// TestFunctionsCallOneAnother: on one runtime, as deep as the limit of hops, and no deeper.
func TestFunctionsCallOneAnother(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"deep.js": `export default async (msg, ctx) => {
			const n = +msg.text();
			try {
				return n === 0 ? ctx.invocation.id : (await ctx.nats.request("fn.deep", "" + (n - 1))).text();
			} catch (e) {
				return e.name;
			}
		}`,
		"deep.yaml": `permissions: { nats: { request: [fn.deep] } }`,
	}, func(c *config.Config) { c.Runtimes.Count = 1 })
	m := nats.NewMsg("fn.deep")
	m.Header.Set("Isolane-Invocation", "top")
	m.Data = []byte("3")
	reply, err := nc.RequestMsg(m, patience)
	require.NoError(t, err)
	require.Equal(t, "top.r1.r1.r1", string(reply.Data))
	require.Regexp(t, `^[0-9a-f]{32}[.r1]*$`, string(ask(t, nc, "fn.deep", "32").Data), "an id that would be too long is a digest")
	require.Equal(t, "LoopError", string(ask(t, nc, "fn.deep", "33").Data))
}

// TestCallsInsideWithNoRoom: as many wait for another function, or for their own, as the one
// runtime holds, and more are behind them. Each of those they wait for has room all the same.
func TestCallsInsideWithNoRoom(t *testing.T) {
	const inflight, queue = 4, 16
	for name, want := range map[string]string{"outer": "inner", "first": "inner", "itself": "the end", "one": "the end"} {
		t.Run(name, func(t *testing.T) {
			const calls = inflight + queue/2
			_, nc := serve(t, map[string]string{
				"outer.js": `export default async (msg, ctx) => (await ctx.nats.request("fn.inner")).text()`, "outer.yaml": grants,
				"first.js": `export default async (msg, ctx) => (await ctx.nats.request("fn.outer")).text()`, "first.yaml": grants,
				"inner.js": `export default () => new Promise((r) => setTimeout(r, 1, "inner"))`,
				"itself.js": `export default async (msg, ctx) => {
					const n = +(msg.text() || 6);
					return n === 0 ? "the end" : (await ctx.nats.request(msg.subject, "" + (n - 1))).text();
				}`, "itself.yaml": grants,
				"one.js":   `export default async (msg, ctx) => msg.text() === "again" ? "the end" : (await ctx.nats.request("fn.one", "again")).text()`,
				"one.yaml": "limits: { inflight: 1 }\n" + grants,
			}, func(c *config.Config) {
				c.Runtimes.Count, c.Runtimes.MaxInflight, c.Runtimes.Queue, c.Runtimes.ShedTarget = 1, inflight, queue, 0
			})
			answers, err := nc.SubscribeSync(nats.NewInbox())
			require.NoError(t, err)
			for range calls {
				require.NoError(t, nc.PublishRequest("fn."+name, answers.Subject, nil))
			}
			for n := range calls {
				m, err := answers.NextMsg(patience)
				require.NoError(t, err, "%d so far", n)
				require.Equal(t, want, string(m.Data), "%v", m.Header)
			}
			_, err = answers.NextMsg(10 * time.Millisecond)
			require.ErrorIs(t, err, nats.ErrTimeout, "a second answer")
		})
	}
}

// TestPublishesAndTheEnd: what was begun before the invocation ended is sent, whatever the
// end; what a turn that was stopped had asked for is not.
func TestPublishesAndTheEnd(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"ends.js": `export default async (msg, ctx) => {
			const how = msg.text();
			if (how === "stopped") { ctx.nats.publish("orders.a", how); for (;;); }
			ctx.nats.publish("orders.a", how);
			if (how === "throws") throw new Error("no");
			if (how === "spins") { await new Promise((r) => setTimeout(r, 1)); for (;;); }
			if (how === "late") await new Promise(() => {});
			return "returned";
		}`,
		"ends.yaml": "limits: { cpu: 1s, wall: 10s }\n" + grants,
	}, nil)
	sub, err := nc.SubscribeSync("orders.a")
	require.NoError(t, err)
	for _, tc := range []struct {
		how     string
		outcome function.Outcome
		sent    bool
	}{
		{"stopped", function.ExceededCPU, false},
		{"returns", function.OK, true},
		{"throws", function.Exception, true},
		{"spins", function.ExceededCPU, true},
		{"late", function.Timeout, true},
		{"returns again", function.OK, true},
	} {
		require.Equal(t, tc.outcome, outcomeOf(t, ask(t, nc, "fn.ends", tc.how)), tc.how)
		if tc.sent {
			m, err := sub.NextMsg(patience)
			require.NoError(t, err, tc.how)
			require.Equal(t, tc.how, string(m.Data))
		}
	}
}

// TestInsideIsBounded: an invocation has so many subrequests, its deadline ends a request,
// and a context that outlived its invocation can do nothing.
func TestInsideIsBounded(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"many.js": `export default async (msg, ctx) => {
			const all = await Promise.allSettled(Array.from({ length: 12 }, () => ctx.nats.publish("orders.a")));
			return all.map((r) => r.reason?.message ?? "sent");
		}`,
		"many.yaml": "limits: { subrequests: 10 }\n" + grants,
		"waits.js": `let kept;
		export default async (msg, ctx) => {
			if (kept !== undefined) return kept.nats.publish("orders.a").catch((e) => e.message);
			kept = ctx;
			await ctx.nats.request("silent");
		}`,
		"waits.yaml": "limits: { wall: 100ms }\n" + grants,
	}, func(c *config.Config) { c.Runtimes.Count = 1 })
	_, err := nc.SubscribeSync("silent")
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	var many []string
	require.NoError(t, json.Unmarshal(ask(t, nc, "fn.many", "").Data, &many))
	require.Equal(t, "sent", many[9])
	require.Contains(t, many[10], "subrequests limit of 10 reached")
	require.Equal(t, function.Timeout, outcomeOf(t, ask(t, nc, "fn.waits", "")))
	require.Contains(t, string(ask(t, nc, "fn.waits", "").Data), "the invocation is over")
}

// TestWhatIsSentIsBoundedTogether: a function gives Go no more at the same time than its
// limit of buffers, and may go on when some of it has been sent.
func TestWhatIsSentIsBoundedTogether(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"f.js": `export default async (msg, ctx) => {
			const text = "x".repeat(600e3);
			const send = () => ctx.nats.publish("ids", text).then(() => "sent", (e) => e.message);
			const first = await Promise.all(Array.from({ length: 5 }, send));
			return [...first, await send()];
		}`,
		"f.yaml": "limits: { buffers: 2MiB }\n" + grants,
	}, nil)
	var sent []string
	require.NoError(t, json.Unmarshal(ask(t, nc, "fn.f", "").Data, &sent))
	require.Equal(t, []string{"sent", "sent", "sent"}, sent[:3])
	require.Contains(t, sent[3], "buffers limit of 2097152 reached")
	require.Contains(t, sent[4], "buffers limit of 2097152 reached")
	require.Equal(t, "sent", sent[5])
}

// TestOperationsBelongToTheirContext: one invocation that uses the ctx of another, in whose
// turn it does not run, publishes in the other's name.
func TestOperationsBelongToTheirContext(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"f.js": `let kept, release;
		export default async (msg, ctx) => {
			if (kept === undefined) {
				kept = ctx;
				const waiting = new Promise((r) => { release = r; });
				await ctx.nats.publish("ids", "ready");
				await waiting;
				return "first";
			}
			await kept.nats.publish("ids", "in the first's name");
			await ctx.nats.publish("ids", "in its own");
			release();
			return "second";
		}`, "f.yaml": grants,
	}, func(c *config.Config) { c.Runtimes.Count = 1 })
	ids, err := nc.SubscribeSync("ids")
	require.NoError(t, err)
	answers, err := nc.SubscribeSync(nats.NewInbox())
	require.NoError(t, err)
	for _, want := range [][]string{{"first/f/1"}, {"first/f/2", "second/f/1"}} {
		id, _, _ := strings.Cut(want[len(want)-1], "/")
		require.NoError(t, nc.PublishMsg(&nats.Msg{Subject: "fn.f", Reply: answers.Subject, Header: nats.Header{"Isolane-Invocation": {id}}}))
		for _, id := range want {
			m, err := ids.NextMsg(patience)
			require.NoError(t, err)
			require.Equal(t, id, m.Header.Get("Nats-Msg-Id"), string(m.Data))
		}
	}
	got := map[string]bool{}
	for range 2 {
		m, err := answers.NextMsg(patience)
		require.NoError(t, err)
		got[string(m.Data)] = true
	}
	require.Equal(t, map[string]bool{"first": true, "second": true}, got)
}

// TestDrainWithCallsInside: a node that ends answers what it has in flight, though the
// function it calls takes no more messages.
func TestDrainWithCallsInside(t *testing.T) {
	n, nc := serve(t, map[string]string{
		"f.js":   `export default async (msg, ctx) => { await ctx.nats.request("silent"); return "answered"; }`,
		"f.yaml": grants,
	}, nil)
	silent, err := nc.SubscribeSync("silent")
	require.NoError(t, err)
	inbox, err := nc.SubscribeSync(nats.NewInbox())
	require.NoError(t, err)
	require.NoError(t, nc.PublishRequest("fn.f", inbox.Subject, nil))
	question, err := silent.NextMsg(patience)
	require.NoError(t, err)
	drained := make(chan error, 1)
	go func() { drained <- n.bridge.Drain(t.Context()) }()
	select {
	case err := <-drained:
		t.Fatalf("drained with a call in flight: %v", err)
	case <-time.After(20 * time.Millisecond): // it waits, or has not begun yet
	}
	require.NoError(t, question.Respond(nil))
	m, err := inbox.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "answered", string(m.Data))
	require.NoError(t, <-drained)
}

// TestTraceContextIsPassedOn: what a message came with goes with all that its invocation
// sends, as it is, unless the function gives its own.
func TestTraceContextIsPassedOn(t *testing.T) {
	pages := make(chan string, 1)
	page := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		pages <- r.Header.Get("traceparent") + " " + r.Header.Get("tracestate")
	}))
	defer page.Close()
	_, nc := serve(t, map[string]string{
		"f.js": `export default async (msg, ctx) => {
			await fetch("` + page.URL + `");
			await ctx.nats.publish("ids");
			await ctx.nats.publish("ids", "", { headers: { Traceparent: "mine" } });
			return (await ctx.nats.request("fn.inner")).text();
		}`,
		"f.yaml":   "permissions: { net: [" + strconv.Quote(strings.TrimPrefix(page.URL, "http://")) + "], nats: { publish: [ids], request: [fn.inner] } }",
		"inner.js": `export default (msg) => msg.headers.get("traceparent") + " " + msg.headers.get("tracestate")`,
	}, nil)
	ids, err := nc.SubscribeSync("ids")
	require.NoError(t, err)
	const parent, state = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1"
	for _, header := range []nats.Header{{"traceparent": {parent}, "tracestate": {state}}, {}, {"traceparent": {"00-no-no-01"}, "tracestate": {state}}} {
		reply, err := nc.RequestMsg(&nats.Msg{Subject: "fn.f", Header: header}, patience)
		require.NoError(t, err)
		require.Equal(t, function.OK, outcomeOf(t, reply), reply.Header)
		first, err := ids.NextMsg(patience)
		require.NoError(t, err)
		second, err := ids.NextMsg(patience)
		require.NoError(t, err)
		require.Empty(t, second.Header.Values("traceparent"))
		require.Equal(t, "mine", second.Header.Get("Traceparent"))
		if header.Get("tracestate") == state && header.Get("traceparent") == parent {
			require.Equal(t, parent+" "+state, string(reply.Data))
			require.Equal(t, parent+" "+state, <-pages)
			require.Equal(t, parent, first.Header.Get("traceparent"))
			require.Equal(t, state, first.Header.Get("tracestate"))
			continue
		}
		require.Equal(t, "null null", string(reply.Data))
		require.Equal(t, " ", <-pages)
		require.Empty(t, first.Header.Get("traceparent"))
	}
}
