package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/records"
	"github.com/isolane/isolane/jsruntime/function"
)

// others are a keyed function whose alarm and whose method fail, one that calls the method, and
// one for batches that fails on them.
func (s *shop) others() []string {
	price := `await (await fetch("` + s.price.URL + `/price")).json()`
	return []string{
		"functions/pay.ts", `
export default class Order {
  async message(msg: any, ctx: any) {
    await ctx.state.put({ seen: msg.json().item });
    await ctx.alarm.set(Date.now());
  }
  async alarm(ctx: any) {
    const { amount } = ` + price + `;
    console.log("rang for", ctx.key, amount, Math.random());
    await ctx.state.put({ seen: "nobody sees this" });
    throw new RangeError("no stock of " + (await ctx.state.get()).seen + " at " + Date.now());
  }
  async add(args: any, ctx: any) {
    const { amount } = ` + price + `;
    console.log("added to", ctx.key, args.item, amount);
    throw new TypeError("too many of " + args.item + " beside " + (await ctx.state.get()).seen + " " + Math.random());
  }
}`, "functions/pay.yaml", `
key: "orders.{id}.new"
stream: { name: ORDERS, deliveries: 1 }
record: failures
permissions: { net: ["127.0.0.1:*"] }
`,
		"functions/web.ts", `
export default async (msg: any, ctx: any) => {
  try { return await ctx.call("pay", "7", "add", msg.json()) } catch (e: any) { return "" + e.cause?.message }
};`, "functions/web.yaml", "permissions: { calls: [pay] }\n",
		"functions/bulk.ts", `
export default { async batch(msgs: any[], ctx: any) {
  const { amount } = ` + price + `;
  for (const m of msgs) console.log(m.subject, m.text(), amount);
  msgs[0].ack();
  throw new RangeError("no room for " + msgs.length + " " + Math.random());
} };`, "functions/bulk.yaml", `
stream: { name: ORDERS, subject: orders.*.bulk, deliveries: 2, backoff: [1ms], batch: { size: 3, wait: 1m } }
record: failures
permissions: { net: ["127.0.0.1:*"] }
`,
	}
}

// The alarm of a key, the call of a method and a batch that failed on a node are listed, and fail here
// in the same way, by the ids that they are listed with, with nobody there to ask.
func TestReplayOfOthers(t *testing.T) {
	s := newShop(t)
	dir := filepath.Join(folder(t, s.others()...), "functions")
	n := start(t, "--functions", dir, "--nats", s.url).awaitReady()
	_, err := s.js.Publish(t.Context(), "orders.7.new", []byte(`{"item":"pear"}`)) // 1
	require.NoError(t, err)
	letter := s.letter()
	answer, err := n.connect().Request("fn.web", []byte(`{"item":"plum"}`), patience)
	require.NoError(t, err)
	require.Contains(t, string(answer.Data), "too many of plum beside pear ")
	for _, word := range []string{"a", "b", "c"} {
		_, err = s.js.Publish(t.Context(), "orders.7.bulk", []byte(word)) // 2 to 4
		require.NoError(t, err)
	}
	list := func(args ...string) (all []records.Run) {
		t.Helper()
		out, stderr, status := cli(t, append([]string{"replay", "ls", "--nats", s.url, "--json"}, args...)...)
		require.Zero(t, status, stderr)
		require.Empty(t, stderr)
		for line := range strings.Lines(out) {
			var r records.Run
			require.NoError(t, json.Unmarshal([]byte(line), &r), line)
			all = append(all, r)
		}
		return all
	}
	eventually(t, patience, func() error { // those of the call and of the batches are stored behind their backs
		if all := list(); len(all) != 5 {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
	n.signal(syscall.SIGTERM)
	require.Zero(t, n.await(), n.log.String())
	s.price.Close()
	asked := s.asked.Load()

	require.Len(t, list("--function", "pay"), 2)
	alarms, calls, batches := list("--kind", "alarm"), list("--kind", "call", "--key", "7"), list("--kind", "batch")
	require.Len(t, alarms, 1)
	require.Equal(t, letter.Record, alarms[0].Invocation)
	require.Equal(t, "7", alarms[0].Key)
	require.Equal(t, function.Exception, alarms[0].Outcome)
	require.Len(t, calls, 1)
	require.Equal(t, "add", calls[0].Method)
	require.Len(t, batches, 3, "all, and those alone that were not acknowledged")
	require.Equal(t, "ORDERS:2-4", batches[0].What())
	out, _, status := cli(t, "replay", "ls", "--nats", s.url)
	require.Zero(t, status)
	require.Regexp(t, `pay +alarm +alarm of 7 +exception +1 +\d+ +`+letter.Record, out)
	require.Regexp(t, `pay +call +7\.add +exception +1 +\d+ +`+regexp.QuoteMeta(calls[0].Invocation), out)
	require.Regexp(t, `bulk +batch +ORDERS:2-4 +exception +1 +\d+ +`+batches[0].Invocation, out)

	r := s.again(exitOK, "--invocation", letter.Record, "--functions", dir)
	require.True(t, r.Same(), "%+v", r)
	require.Equal(t, letter.Error, r.Message)
	require.Contains(t, r.Message, "no stock of nobody sees this at ")
	require.Equal(t, letter.Stack, r.Stack)
	require.True(t, r.Due)
	require.Contains(t, r.Console[0], "log rang for 7 10")
	require.True(t, s.again(exitOK, "--dead-letter", fmt.Sprint(letter.Number), "--functions", dir).Same())
	out, _, status = cli(t, "dlq", "show", fmt.Sprint(letter.Number), "--nats", s.url)
	require.Zero(t, status)
	require.Contains(t, out, "recorded    isolane replay --invocation "+letter.Record+"\n")

	r = s.again(exitOK, "--invocation", calls[0].Invocation, "--functions", dir)
	require.True(t, r.Same(), "%+v", r)
	require.Equal(t, "TypeError: "+string(answer.Data), r.Message)
	require.Equal(t, "add", r.Method)
	require.Contains(t, r.Console[0], "log added to 7 plum 10")

	for _, what := range [][]string{{"--invocation", batches[0].Invocation}, {"ORDERS:2"}} {
		r = s.again(exitOK, append(what, "--functions", dir)...)
		require.True(t, r.Same(), "%+v", r)
		require.Equal(t, 3, r.Messages)
		require.Contains(t, r.Message, "no room for 3 ")
		require.Equal(t, []string{"ack of ORDERS:2"}, r.Said)
		require.Len(t, r.Console, 3)
	}
	r = s.again(exitOK, "ORDERS:4", "--functions", dir)
	require.True(t, r.Same(), "%+v", r)
	require.Equal(t, 1, r.Messages, "the last run")

	// The same for people, and a function that was changed.
	out, stderr, status := cli(t, "replay", "--invocation", calls[0].Invocation, "--nats", s.url, "--functions", dir)
	require.Equal(t, exitOK, status, stderr)
	for _, want := range []string{"7.add by pay ", "fetch GET " + s.price.URL + "/price -> ", "error    TypeError: too many of plum", "as it was recorded"} {
		require.Contains(t, out, want)
	}
	write(t, filepath.Join(dir, "pay.ts"), strings.ReplaceAll(s.others()[1], "/price", "/cost"))
	for _, id := range []string{letter.Record, calls[0].Invocation} {
		r = s.again(exitFailure, "--invocation", id, "--functions", dir)
		require.NotNil(t, r.Divergence)
		require.Equal(t, "fetch GET "+s.price.URL+"/cost", r.Divergence.Asked)
	}
	require.Equal(t, asked, s.asked.Load())
}
