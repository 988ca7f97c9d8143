package node

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/internal/natskit"
)

// A node whose drain runs out of time while calls run settles what functions have said, and
// what has ended; the rest is another node's at once, long before the ack wait is over: nothing
// is lost, and nothing that was acknowledged runs twice.
func TestDrainThatRunsOutOfTime(t *testing.T) {
	for name, goesOn := range map[string]string{"waits": "await new Promise(() => {})", "computes": "{ const end = Date.now() + 10e3; while (Date.now() < end); }"} {
		t.Run(name, func(t *testing.T) {
			const stream = "stream: { name: %s, ackWait: 1h%s }\nlimits: { wall: 1h, cpu: 1m }\npermissions: { nats: { publish: [\"ran.>\"] } }\n"
			dir := t.TempDir()
			save(t, dir, map[string]string{
				"many.ts": `export default { async batch(msgs: any[], ctx: any) {
				  for (const m of msgs) if (m.text().startsWith("acked")) m.ack();
				  for (const m of msgs) await ctx.nats.publish("ran." + ctx.invocation.node + "." + m.text(), "");
				  if (ctx.invocation.node === "first") ` + goesOn + `;
				} }`,
				"many.yaml": "dedicated: true\n" + fmt.Sprintf(stream, "MANY", ", batch: { size: 8, wait: 5m }"),
				"one.ts": `export default async (m: any, ctx: any) => {
				  await ctx.nats.publish("ran." + ctx.invocation.node + "." + m.text(), "");
				  if (ctx.invocation.node === "first" && m.text().startsWith("cut")) await new Promise(() => {});
				}`,
				"one.yaml": fmt.Sprintf(stream, "ONE", ""),
			})
			s := natskit.Start(t)
			nc := s.Connect()
			js := s.JetStream()
			ran, err := nc.SubscribeSync("ran.>")
			require.NoError(t, err)
			require.NoError(t, nc.Flush())
			streams := map[string]jetstream.Stream{}
			for _, name := range []string{"MANY", "ONE"} {
				streams[name], err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{"in." + name}})
				require.NoError(t, err)
			}
			onServer := func(name string) func(c *config.Config) {
				return func(c *config.Config) { c.Node.Name, c.NATS.URL, c.Runtimes.Count = name, s.ClientURL(), 2 }
			}
			first := started(t, dir, slog.New(slog.DiscardHandler), onServer("first"))
			var all, acked, rest []string
			for i := range 4 {
				acked = append(acked, fmt.Sprint("acked", i), fmt.Sprint("ok", i))
				rest = append(rest, fmt.Sprint("rest", i), fmt.Sprint("cut", i))
				for _, word := range []string{"acked", "rest", "ok", "cut"} {
					subject := "in.MANY"
					if word == "ok" || word == "cut" {
						subject = "in.ONE"
					}
					all = append(all, fmt.Sprint(word, i))
					_, err = js.Publish(t.Context(), subject, []byte(fmt.Sprint(word, i)))
					require.NoError(t, err)
				}
			}
			next := func(node string, n int) (words []string) {
				for range n {
					msg, err := ran.NextMsg(patience)
					require.NoError(t, err, "after %v", words)
					require.Regexp(t, "^ran."+node+".", msg.Subject)
					words = append(words, msg.Subject[len("ran."+node+"."):])
				}
				slices.Sort(words)
				return words
			}
			require.ElementsMatch(t, all, next("first", len(all)))
			// What returned is acknowledged by the time that the calls that go on are alone.
			require.Eventually(t, func() bool { return first.pool.Load().Inflight == 5 }, patience, 10*time.Millisecond)
			over, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, first.Stop(over), context.Canceled)

			begin(t, dir, slog.New(slog.DiscardHandler), func(c *config.Config) { onServer("second")(c) })
			require.ElementsMatch(t, rest, next("second", len(rest)), "acknowledged: %v", acked)
			for name, stream := range streams {
				consumer := map[string]string{"MANY": "isolane_many", "ONE": "isolane_one"}[name]
				require.Eventually(t, func() bool {
					c, err := stream.Consumer(t.Context(), consumer)
					return err == nil && c.CachedInfo().AckFloor.Stream == 8 && c.CachedInfo().NumAckPending == 0
				}, patience, 10*time.Millisecond, name)
			}
			pending, _, err := ran.Pending()
			require.NoError(t, err)
			require.Zero(t, pending, "nothing else was run")
		})
	}
}
