package node

import (
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// BenchmarkKeyed is messages of streams through one node and its NATS server, from the publish
// until they have run: without a state, in an order, and with a state for each key. Compare
// within one run: go test ./cmd/isolane/internal/node -run '^$' -bench Keyed -benchtime 20000x.
func BenchmarkKeyed(b *testing.B) {
	const counter = `export default class { async message(m: any, ctx: any) {
	  await ctx.state.put(((await ctx.state.get()) ?? 0) + 1);
	} }`
	for _, c := range []struct {
		name, source, manifest string
		keys                   int
	}{
		{"stateless", `export default async () => {}`, `stream: { name: IN, subject: "in.{key}" }`, 10_000},
		{"order/10000_keys", `export default async () => {}`, `stream: { name: IN, subject: "in.{key}", order: "{key}" }`, 10_000},
		{"order/hot_key", `export default async () => {}`, `stream: { name: IN, subject: "in.{key}", order: "{key}" }`, 1},
		{"keyed/10000_keys", counter, "key: \"in.{key}\"\nstream: IN", 10_000},
		{"keyed/100000_keys", counter, "key: \"in.{key}\"\nstream: IN", 100_000},
		{"keyed/hot_key", counter, "key: \"in.{key}\"\nstream: IN", 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			n, nc := serve(b, map[string]string{"f.ts": c.source, "f.yaml": c.manifest}, func(c *config.Config) { c.Runtimes.Count = 2 })
			js, err := jetstream.New(nc, jetstream.WithPublishAsyncMaxPending(1000))
			require.NoError(b, err)
			_, err = js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.*"}})
			require.NoError(b, err)
			stats := func() stream.Stats {
				all := n.triggers.Stats()
				for _, s := range all {
					if s.Function == "f" {
						return s
					}
				}
				return stream.Stats{}
			}
			ran := func(want uint64) {
				limit := time.After(5 * time.Minute)
				ticker := time.NewTicker(time.Millisecond)
				defer ticker.Stop()
				for stats().Outcomes[function.OK] < want || stats().Held > 0 {
					select {
					case <-ticker.C:
					case <-limit:
						require.FailNow(b, "they are not run", "%+v", stats())
					}
				}
			}
			_, err = js.Publish(b.Context(), "in.first", nil)
			require.NoError(b, err)
			ran(1) // the trigger is served
			b.ResetTimer()
			for i := range b.N {
				_, err := js.PublishAsync(fmt.Sprintf("in.%d", i%c.keys), nil)
				require.NoError(b, err)
			}
			<-js.PublishAsyncComplete()
			ran(uint64(b.N) + 1)
			b.StopTimer()
			s := stats()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
			if s.Commits > 0 {
				b.ReportMetric(float64(s.Active), "active")
				b.ReportMetric(float64(s.Passivated), "passivated")
				b.ReportMetric(float64(s.ActiveBytes)/float64(max(s.Active, 1)), "B/active")
			}
		})
	}
}
