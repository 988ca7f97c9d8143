package main

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/chaos"
)

// clockFiles are functions that depend on time: a schedule, messages in an order, which one
// member at a time may run, and messages for later.
var clockFiles = []string{
	"tick.ts", `export default async (m: any, ctx: any) => { await ctx.nats.publish("ticks", m.headers.get("schedule-due"), { ack: false }) }`,
	"tick.yaml", `{ schedule: { cron: "@every 1s" }, permissions: { nats: { publish: [ticks] } } }`,
	"pay.ts", `export default async (m: any, ctx: any) => {
	  const say = (what: string) => ctx.nats.publish("runs", { what, id: m.subject.split(".")[1], n: Number(m.text()) }, { ack: false });
	  await say("begin");
	  await new Promise((r) => setTimeout(r, 10));
	  await say("end");
	}`,
	"pay.yaml", `
stream: { name: ORDERS, subject: "orders.{id}", order: "{id}", ackWait: 10s }
permissions: { nats: { publish: [runs] } }`,
	"later.ts", `export default async (m: any, ctx: any) => { await ctx.nats.publish("due", m.text(), { delay: 1500 }) }`,
	"later.yaml", `permissions: { nats: { publish: [due] } }`,
}

// The wall clock of one of two members jumps by an hour, forth and back, while both serve:
// no due time of a schedule is published twice or left out, no two members run messages of one
// key at a time, and none is lost; what was published for later comes once, and not early.
func TestWallClocksJump(t *testing.T) {
	if !chaos.WallClocks {
		t.Skip("the wall clock of one process can be set on linux and amd64 alone")
	}
	url, dir := jetStreamServer(t), folder(t, clockFiles...)
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.*"}})
	require.NoError(t, err)
	listen := func(subject string) *nats.Subscription {
		sub, err := conn.SubscribeSync(subject)
		require.NoError(t, err)
		return sub
	}
	ticks, runs, due := listen("ticks"), listen("runs"), listen("due")
	var nodes [2]*process
	for i := range nodes {
		nodes[i] = start(t, "--functions", dir, "--nats", url, "--name", fmt.Sprint("n", i), "--http", "off")
	}
	for _, n := range nodes {
		requireReady(t, n)
	}
	first, err := ticks.NextMsg(patience)
	require.NoError(t, err)

	const keys = 3
	sent, filed := 0, map[string]time.Time{}
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for _, skew := range []time.Duration{0, time.Hour, -time.Hour, 0} {
		require.NoError(t, chaos.SetWallClock(t.Context(), nodes[0].cmd.Process.Pid, skew))
		for range 50 {
			<-ticker.C
			_, err = js.Publish(t.Context(), fmt.Sprintf("orders.k%d", sent%keys), fmt.Append(nil, sent))
			require.NoError(t, err)
			sent++
		}
		id := skew.String() + fmt.Sprint(len(filed))
		filed[id] = time.Now()
		reply, err := conn.Request("fn.later", []byte(id), patience)
		require.NoError(t, err)
		require.Empty(t, reply.Header.Get("Isolane-Outcome"), "%v", reply.Header)
	}

	// Each message once, those of a key one after the other.
	running, next := map[string]bool{}, map[string]int{}
	for range 2 * sent {
		msg, err := runs.NextMsg(patience)
		require.NoError(t, err)
		var said struct {
			What, ID string
			N        int
		}
		require.NoError(t, json.Unmarshal(msg.Data, &said))
		require.Equal(t, said.What == "end", running[said.ID], "two run of %s: %s", said.ID, msg.Data)
		running[said.ID] = said.What == "begin"
		if said.What == "begin" {
			require.Equal(t, next[said.ID], said.N/keys, said.ID)
			next[said.ID]++
		}
	}
	for range filed {
		msg, err := due.NextMsg(patience)
		require.NoError(t, err)
		at, known := filed[string(msg.Data)]
		require.True(t, known, "%s comes twice", msg.Data)
		require.GreaterOrEqual(t, time.Since(at), 1500*time.Millisecond, "%s is early", msg.Data)
		delete(filed, string(msg.Data))
	}
	// The schedule: second after second.
	last, err := time.Parse(time.RFC3339, string(first.Data))
	require.NoError(t, err)
	seen := 0
	for {
		msg, err := ticks.NextMsg(10 * time.Millisecond)
		if err != nil {
			break
		}
		at, err := time.Parse(time.RFC3339, string(msg.Data))
		require.NoError(t, err)
		require.Equal(t, last.Add(time.Second), at, "after %d", seen)
		last = at
		seen++
	}
	require.Greater(t, seen, 8)
	require.WithinDuration(t, time.Now(), last, patience)
	left, _, err := runs.Pending()
	require.NoError(t, err)
	require.Zero(t, left, "some ran twice")
	t.Logf("%d messages in order, %d due times, 4 messages for later; the clock of one of two members +1 h, -1 h and back", sent, seen+1)
}

// requireReady waits for the ready line of a node without a page.
func requireReady(t *testing.T, p *process) {
	t.Helper()
	select {
	case line, ok := <-p.lines:
		require.True(t, ok, "the node ended: %s", p.log.String())
		require.Contains(t, line, "ready node=")
	case <-time.After(patience):
		require.FailNow(t, "the node is not ready", p.log.String())
	}
}
