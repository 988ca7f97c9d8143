package node

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/tracing/otlptest"
	"github.com/isolane/isolane/jsruntime/function"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	caller  = "00f067aa0ba902b7"
	parent  = "00-" + traceID + "-" + caller + "-01"
)

// traced has a node send its spans to c.
func traced(c *otlptest.Collector) func(*config.Config) {
	return func(cfg *config.Config) {
		cfg.Tracing.Endpoint, cfg.Tracing.Interval = c.GRPC, 10*time.Millisecond
	}
}

// named are the spans of a name, or the beginning of one, by that.
func named(spans []otlptest.Span, prefix string) (found []otlptest.Span) {
	for _, s := range spans {
		if strings.HasPrefix(s.Name, prefix) {
			found = append(found, s)
		}
	}
	return found
}

// one is the only span of a name.
func one(tb testing.TB, spans []otlptest.Span, name string) otlptest.Span {
	tb.Helper()
	found := named(spans, name)
	require.Len(tb, found, 1, "%s of %+v", name, spans)
	return found[0]
}

// TestTraceOfACall: one trace from the caller's span through the bridge, the queue and the run
// to all that the function asks for, and through the function that it calls.
func TestTraceOfACall(t *testing.T) {
	collector := otlptest.Start(t)
	pages := make(chan http.Header, 1)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages <- r.Header
		w.WriteHeader(http.StatusTeapot)
	}))
	defer page.Close()
	host := strings.TrimPrefix(page.URL, "http://")
	n, nc := serve(t, map[string]string{
		"outer.js": `export default async (msg, ctx) => {
			await fetch("` + page.URL + `/a?key=secret");
			await ctx.nats.publish("ids.7", "x");
			await ctx.kv("box").put("k", "v");
			await ctx.nats.request("nobody").catch(() => {});
			return (await ctx.nats.request("fn.inner")).text();
		}`,
		"outer.yaml": "permissions: { net: [" + strconv.Quote(host) + "], nats: { publish: [ids.*], request: [fn.inner, nobody] }, kv: [box] }",
		"inner.js":   `export default (msg) => msg.headers.get("traceparent")`,
	}, traced(collector))
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "box"})
	require.NoError(t, err)
	ids, err := nc.SubscribeSync("ids.*")
	require.NoError(t, err)
	reply, err := nc.RequestMsg(&nats.Msg{Subject: "fn.outer.eu", Header: nats.Header{
		"traceparent": {parent}, "tracestate": {"v=1"}, "Isolane-Invocation": {"call-1"},
	}, Data: []byte("four")}, patience)
	require.NoError(t, err)
	require.Equal(t, function.OK, outcomeOf(t, reply), reply.Header)
	spans := collector.Await(t, patience, func(all []otlptest.Span) bool { return len(named(all, "process fn.outer")) == 1 })

	bridge := one(t, spans, "process fn.outer")
	require.Equal(t, caller, bridge.Parent)
	require.Equal(t, "SPAN_KIND_CONSUMER", bridge.Kind.String())
	require.Equal(t, "nats", bridge.Attributes["messaging.system"])
	require.Equal(t, "fn.outer.eu", bridge.Attributes["messaging.destination.name"])
	require.Equal(t, int64(4), bridge.Attributes["messaging.message.body.size"])
	require.Equal(t, "call-1", bridge.Attributes["faas.invocation_id"])
	require.Equal(t, "ok", bridge.Attributes["isolane.outcome"])
	run := one(t, spans, "run outer")
	require.Equal(t, bridge.ID, run.Parent)
	require.Equal(t, bridge.ID, one(t, spans, "queue outer").Parent)
	require.Equal(t, true, run.Attributes["faas.coldstart"])
	require.Positive(t, run.Attributes["isolane.io"])

	got := one(t, spans, "GET")
	require.Equal(t, page.URL+"/a", got.Attributes["url.full"], "a query may hold a key")
	require.Equal(t, int64(http.StatusTeapot), got.Attributes["http.response.status_code"])
	require.True(t, got.Failed)
	sent := one(t, spans, "publish ids.*")
	require.Equal(t, "ids.7", sent.Attributes["messaging.destination.name"])
	stored := one(t, spans, "put box")
	require.Equal(t, "put", stored.Attributes["db.operation.name"])
	asked := one(t, spans, "request fn.inner")
	unheard := one(t, spans, "request nobody")
	require.Equal(t, "NoRespondersError", unheard.Attributes["error.type"])
	inner := one(t, spans, "process fn.inner")
	require.Equal(t, asked.ID, inner.Parent, "what is requested is a child of the request")
	require.Equal(t, inner.ID, one(t, spans, "run inner").Parent)
	for _, s := range []otlptest.Span{got, sent, stored, asked, unheard} {
		require.Equal(t, run.ID, s.Parent, s.Name)
	}
	for _, s := range spans {
		require.Equal(t, traceID, s.Trace, s.Name)
		require.False(t, s.End.Before(s.Start), s.Name)
	}

	// What went out carries the span that sent it.
	is := func(s otlptest.Span) string { return "00-" + traceID + "-" + s.ID + "-01" }
	seen := <-pages
	require.Equal(t, is(got)+" v=1", seen.Get("Traceparent")+" "+seen.Get("Tracestate"))
	id, err := ids.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, is(sent), id.Header.Get("traceparent"))
	require.Equal(t, is(asked), string(reply.Data))

	// The receipt leads to the trace.
	used, trace, err := receipt.Parse(reply.Header.Get(receipt.Header))
	require.NoError(t, err)
	require.Equal(t, traceID, trace)
	require.Equal(t, "test", used.Node)
	require.True(t, used.Cold)
	require.Equal(t, run.Attributes["faas.version"], used.Version)

	// So do the histograms, where the scraper takes exemplars.
	_, scrape := fetched(t, n.Ready().HTTP+"/metrics", "application/openmetrics-text;version=1.0.0")
	require.Regexp(t, `isolane_function_duration_seconds_bucket\{function="outer",le="[0-9.e-]+"\} 1 # \{trace_id="`+traceID+`"\}`, scrape)
}

// TestTracesThatAreNotRecorded: what the caller does not record is not, and what is sent on
// says so; a ratio of 0 says so to functions that are called, which would begin anew else.
func TestTracesThatAreNotRecorded(t *testing.T) {
	collector := otlptest.Start(t)
	n, nc := serve(t, map[string]string{
		"outer.js":   `export default async (msg, ctx) => (await ctx.nats.request("fn.inner")).text()`,
		"outer.yaml": "permissions: { nats: { request: [fn.inner] } }",
		"inner.js":   `export default (msg) => msg.headers.get("traceparent")`,
	}, func(cfg *config.Config) {
		traced(collector)(cfg)
		cfg.Tracing.Ratio = 0
	})
	reply, err := nc.RequestMsg(&nats.Msg{Subject: "fn.outer", Header: nats.Header{"traceparent": {parent[:53] + "00"}}}, patience)
	require.NoError(t, err)
	require.Regexp(t, "^00-"+traceID+"-[0-9a-f]{16}-00$", string(reply.Data))
	_, trace, err := receipt.Parse(reply.Header.Get(receipt.Header))
	require.NoError(t, err)
	require.Empty(t, trace)
	require.Regexp(t, "^00-[0-9a-f]{32}-[0-9a-f]{16}-00$", string(ask(t, nc, "fn.outer", "").Data))
	_, scrape := fetched(t, n.Ready().HTTP+"/metrics", "application/openmetrics-text;version=1.0.0")
	require.NotContains(t, scrape, "trace_id", "nobody could look it up")
	// One that is recorded tells that the others would have come by now.
	_, err = nc.RequestMsg(&nats.Msg{Subject: "fn.outer", Header: nats.Header{"traceparent": {parent}}}, patience)
	require.NoError(t, err)
	spans := collector.Await(t, patience, func(all []otlptest.Span) bool { return len(named(all, "process fn.outer")) > 0 })
	for _, s := range spans {
		require.Equal(t, traceID, s.Trace)
	}
	require.Len(t, named(spans, "process"), 2)
}

// TestTraceOfADelivery: each delivery of a message is in its producer's trace, and so is the
// dead letter that it becomes, which names the trace and has a receipt.
func TestTraceOfADelivery(t *testing.T) {
	collector := otlptest.Start(t)
	_, nc := serve(t, map[string]string{
		"pay.js":   `export default (msg) => { const end = Date.now() + 4; while (Date.now() < end); throw new Error("no money") }`,
		"pay.yaml": "stream: { name: ORDERS, subject: \"orders.>\", deliveries: 2 }",
	}, traced(collector))
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	_, err = js.PublishMsg(t.Context(), &nats.Msg{Subject: "orders.7", Header: nats.Header{"traceparent": {parent}}, Data: []byte("{}")})
	require.NoError(t, err)
	spans := collector.Await(t, patience, func(all []otlptest.Span) bool {
		return len(named(all, "process ORDERS")) == 2 && len(named(all, "send dlq.")) == 1
	})
	deliveries := named(spans, "process ORDERS")
	require.Equal(t, "nak", deliveries[0].Attributes["isolane.settled"])
	require.Equal(t, "term", deliveries[1].Attributes["isolane.settled"])
	for i, d := range deliveries {
		require.Equal(t, caller, d.Parent)
		require.Equal(t, "exception", d.Attributes["isolane.outcome"])
		require.Equal(t, int64(1), d.Attributes["isolane.stream.sequence"])
		require.Equal(t, d.ID, named(spans, "run pay")[i].Parent)
		require.Equal(t, []string{"exception"}, d.Events)
	}
	letter := one(t, spans, "send dlq.")
	require.Equal(t, deliveries[1].ID, letter.Parent)
	require.Equal(t, "SPAN_KIND_PRODUCER", letter.Kind.String())
	for _, s := range spans {
		require.Equal(t, traceID, s.Trace, s.Name)
	}
	filed, err := deadletter.New(js, deadletter.DefaultConfig()).Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, traceID, filed.Trace)
	require.Equal(t, "test", filed.Receipt.Node)
	require.GreaterOrEqual(t, filed.Receipt.CPU, time.Millisecond)
	require.Positive(t, filed.Receipt.Heap, "its turn was long enough to be looked at")
	require.Equal(t, parent, filed.Header.Get("traceparent"), "the message is kept as it was")
}

// TestTraceOfABatch: the run of a batch is in the trace of its first message, and names the
// others.
func TestTraceOfABatch(t *testing.T) {
	collector := otlptest.Start(t)
	_, nc := serve(t, map[string]string{
		"sum.js":   `export default { batch(messages) {} }`,
		"sum.yaml": "stream: { name: N, subject: \"n.*\", batch: { size: 3, wait: 1m } }",
	}, traced(collector))
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "N", Subjects: []string{"n.*"}})
	require.NoError(t, err)
	for i := range 3 {
		_, err = js.PublishMsg(t.Context(), &nats.Msg{Subject: "n." + strconv.Itoa(i), Header: nats.Header{"traceparent": {"00-" + strings.Repeat(strconv.Itoa(i+1), 32) + "-" + caller + "-01"}}})
		require.NoError(t, err)
	}
	spans := collector.Await(t, patience, func(all []otlptest.Span) bool {
		return len(named(all, "process N")) == 3 && len(named(all, "process batch of N")) == 1
	})
	batch := one(t, spans, "process batch of N")
	require.Equal(t, strings.Repeat("1", 32), batch.Trace)
	require.Equal(t, int64(3), batch.Attributes["messaging.batch.message_count"])
	var others []string
	for _, d := range named(spans, "process N") {
		require.Equal(t, "ack", d.Attributes["isolane.settled"])
		if d.Trace == batch.Trace {
			require.Equal(t, d.ID, batch.Parent)
			continue
		}
		others = append(others, d.ID)
	}
	require.ElementsMatch(t, others, batch.Links)
	require.Equal(t, batch.ID, one(t, spans, "run sum").Parent)
}

// A node whose collector is away answers as ever, and counts what is lost.
func TestCollectorIsAway(t *testing.T) {
	n, nc := serve(t, map[string]string{"echo.js": `export default (m) => m.text()`}, func(cfg *config.Config) {
		cfg.Tracing.Endpoint = "http://127.0.0.1:1"
		cfg.Tracing.Queue, cfg.Tracing.Batch = 4, 2
	})
	for range 50 {
		require.Equal(t, "x", string(ask(t, nc, "fn.echo", "x").Data))
	}
	require.Positive(t, n.tracing.Stats().Dropped)
	_, scrape := fetched(t, n.Ready().HTTP+"/metrics", "")
	require.Regexp(t, `isolane_trace_spans_lost_total\{reason="queue_full"\} [1-9]`, scrape)
}

// Each reply has a receipt, also one that failed or was refused; unless they are off.
func TestReceipts(t *testing.T) {
	files := map[string]string{
		"echo.js": `export default (m) => m.text()`,
		"wait.js": `export default async () => { await new Promise((r) => setTimeout(r, 30)); return "" }`,
		"busy.js": `export default () => { const end = Date.now() + 20; while (Date.now() < end); throw new Error("no") }`,
	}
	_, nc := serve(t, files, nil)
	read := func(subject string) function.Receipt {
		used, trace, err := receipt.Parse(ask(t, nc, subject, "x").Header.Get(receipt.Header))
		require.NoError(t, err)
		require.Empty(t, trace)
		require.Equal(t, "test", used.Node)
		return used
	}
	first := read("fn.echo")
	require.True(t, first.Cold)
	require.Equal(t, 1, first.Attempts)
	require.NotEmpty(t, first.Version)
	waited := read("fn.wait")
	require.Positive(t, waited.IO) // less than the timer's 30 ms where the turn before it took long
	require.GreaterOrEqual(t, waited.Wall, waited.IO+waited.CPU-time.Millisecond)
	busy := read("fn.busy")
	require.GreaterOrEqual(t, busy.CPU, time.Millisecond)
	require.Zero(t, busy.IO)
	require.Positive(t, busy.Heap)
	nobody := read("fn.nobody")
	require.Equal(t, -1, nobody.Runtime)
	require.Zero(t, nobody.Attempts)

	_, nc = serve(t, files, func(cfg *config.Config) { cfg.NATS.Receipts = false })
	require.Nil(t, ask(t, nc, "fn.echo", "x").Header)
}
