package node

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// Two nodes that have the same function run it once for each due time, also when one of
// them stops; what it fails on is a dead letter, which is sent again with its due time; a
// deploy that takes the schedule away ends it.
func TestSchedule(t *testing.T) {
	files := map[string]string{
		"tick.ts": `export default async (m: any, ctx: any) => {
		  const said = { due: m.headers.get("schedule-due"), cron: m.headers.get("schedule-cron"), ...m.json() };
		  await ctx.nats.publish("ticks", said, { ack: false });
		}`,
		"tick.yaml": `{ schedule: { cron: "@every 1s", payload: '{"from":"tick"}' }, permissions: { nats: { publish: [ticks] } } }`,
		"bad.ts":    `export default (m: any) => { throw new Error("not at " + m.headers.get("schedule-due")) }`,
	}
	first, nc := serve(t, files, func(c *config.Config) { c.Runtimes.Count = 1 })
	ticks, err := nc.SubscribeSync("ticks")
	require.NoError(t, err)
	require.NoError(t, nc.Flush())

	second := config.DefaultConfig()
	second.Node.Name, second.Functions, second.Data = "second", first.cfg.Functions, t.TempDir()
	second.NATS.URL, second.Runtimes.Count = first.Ready().NATS, 1
	n2, err := Start(t.Context(), second, slog.New(slog.DiscardHandler))
	require.NoError(t, err)

	type tick struct{ Due, Cron, From string }
	next := func() tick {
		msg, err := ticks.NextMsg(patience)
		require.NoError(t, err)
		var got tick
		require.NoError(t, json.Unmarshal(msg.Data, &got))
		return got
	}
	seen := map[string]bool{}
	for i := range 5 {
		got := next()
		require.Equal(t, tick{Due: got.Due, Cron: "@every 1s", From: "tick"}, got)
		require.False(t, seen[got.Due], "%s comes twice", got.Due)
		seen[got.Due] = true
		if i == 2 {
			require.NoError(t, n2.Stop(t.Context()))
		}
	}
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	info, err := js.Consumer(t.Context(), "ISOLANE_SCHEDULE", "isolane_tick_schedule")
	require.NoError(t, err)
	require.Equal(t, "isolane.schedule.tick.*.due", info.CachedInfo().Config.FilterSubject)

	// The dead letter.
	save(t, first.cfg.Functions, map[string]string{"bad.yaml": `schedule: [{ cron: "@every 1s" }]`})
	box := deadletter.New(js, deadletter.DefaultConfig())
	trigger := nats.NewMsg("isolane.schedule.bad.x.due")
	trigger.Header.Set("Isolane-Deadline", "2020-01-01T00:00:00Z") // given up at once
	trigger.Header.Set("Schedule-Due", "2026-05-01T00:00:00Z")
	_, err = js.PublishMsg(t.Context(), trigger)
	require.NoError(t, err)
	var letter *deadletter.Letter
	require.Eventually(t, func() bool {
		letter, err = box.Get(t.Context(), 1)
		return err == nil
	}, patience, 10*time.Millisecond)
	require.Equal(t, "bad", letter.Function)
	require.NoError(t, box.Redrive(t.Context(), letter, ""))
	stream, err := js.Stream(t.Context(), "ISOLANE_SCHEDULE")
	require.NoError(t, err)
	again, err := stream.GetLastMsgForSubject(t.Context(), "isolane.schedule.bad.x.due")
	require.NoError(t, err)
	require.Equal(t, "2026-05-01T00:00:00Z", again.Header.Get("Schedule-Due"))

	// Taken away: the function is served still.
	save(t, first.cfg.Functions, map[string]string{"tick.yaml": `permissions: { nats: { publish: [ticks] } }`})
	require.Eventually(t, func() bool {
		for _, fn := range first.pool.Functions() {
			if fn.Name == "tick" && len(fn.Manifest.Schedule) > 0 {
				return false
			}
		}
		return true
	}, patience, 10*time.Millisecond)
	require.Equal(t, function.OK, outcomeOf(t, ask(t, nc, "fn.tick", "{}")))
}

// Runs that take longer than the time to the next do not overlap, where the manifest says so,
// on two nodes that could run them side by side.
func TestSchedulesDoNotOverlap(t *testing.T) {
	for _, overlap := range []string{"skip", "queue"} {
		t.Run(overlap, func(t *testing.T) {
			first, nc := serve(t, map[string]string{
				"slow.ts": `export default async (m: any, ctx: any) => {
				  await ctx.nats.publish("slow", "begin");
				  await new Promise(r => setTimeout(r, 1700));
				  await ctx.nats.publish("slow", "end");
				}`,
				"slow.yaml": `{ schedule: { cron: "@every 1s", overlap: ` + overlap + ` }, permissions: { nats: { publish: [slow] } } }`,
			}, func(c *config.Config) { c.Runtimes.Count = 1 })
			words, err := nc.SubscribeSync("slow")
			require.NoError(t, err)
			require.NoError(t, nc.Flush())
			second := config.DefaultConfig()
			second.Node.Name, second.Functions, second.Data = "second", first.cfg.Functions, t.TempDir()
			second.NATS.URL, second.Runtimes.Count = first.Ready().NATS, 1
			n2, err := Start(t.Context(), second, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			for i := range 8 {
				msg, err := words.NextMsg(patience)
				require.NoError(t, err)
				require.Equal(t, []string{"begin", "end"}[i%2], string(msg.Data))
			}
			require.NoError(t, n2.Stop(t.Context()))
		})
	}
}
