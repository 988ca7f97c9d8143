package node

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/internal/natskit"
)

// BenchmarkKeyedLatency is how long one message takes, from its publish to the reply, while
// nothing else runs: without a state, in an order, with one key again and again, with keys whose
// states are at hand, that are new, and whose states were passivated. What it says of the states is
// checked by what the node counts. Compare within one run: go test
// ./cmd/isolane/internal/node -run '^$' -bench KeyedLatency -benchtime 500x.
func BenchmarkKeyedLatency(b *testing.B) {
	const counter = `export default class { async message(m: any, ctx: any) {
	  const n = ((await ctx.state.get()) ?? 0) + 1;
	  await ctx.state.put(n);
	  return n;
	} }`
	const stateless = `export default async () => 1`
	const keyed = "key: \"in.{key}\"\nstream: { name: IN, reply: \"out.{key}\" }"
	for _, c := range []struct {
		name, source, manifest string
		// one says that all messages have one key, seen that each key had a message before, kept
		// that the node keeps states at hand, and read that each is read from the bucket.
		one, seen, kept, read bool
	}{
		{"stateless", stateless, `stream: { name: IN, subject: "in.{key}", reply: "out.{key}" }`, false, true, true, false},
		{"order/one_key", stateless, `stream: { name: IN, subject: "in.{key}", reply: "out.{key}", order: "{key}" }`, true, true, true, false},
		{"order", stateless, `stream: { name: IN, subject: "in.{key}", reply: "out.{key}", order: "{key}" }`, false, true, true, false},
		{"keyed/one_key", counter, keyed, true, true, true, false},
		{"keyed/at_hand", counter, keyed, false, true, true, false},
		{"keyed/passivated", counter, keyed, false, true, false, true},
		{"keyed/new_key", counter, keyed, false, false, true, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			server, dir := natskit.Start(b), b.TempDir()
			for name, content := range map[string]string{"f.ts": c.source, "f.yaml": c.manifest} {
				require.NoError(b, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
			}
			conn := server.Connect()
			js := natskit.JetStream(b, conn)
			_, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.*"}})
			require.NoError(b, err)
			replies, err := conn.SubscribeSync("out.*")
			require.NoError(b, err)
			require.NoError(b, conn.Flush())
			n := begin(b, dir, slog.New(slog.DiscardHandler), func(cfg *config.Config) {
				cfg.NATS.URL, cfg.Runtimes.Count = server.ClientURL(), 1
				if cfg.Keyed.Idle = time.Hour; !c.kept {
					cfg.Keyed.Keys = 0
				}
			})
			send := func(key string) time.Duration {
				began := time.Now()
				_, err := js.Publish(b.Context(), "in."+key, nil)
				require.NoError(b, err)
				_, err = replies.NextMsg(patience)
				require.NoError(b, err)
				return time.Since(began)
			}
			key := func(i int) string {
				if c.one {
					return "0"
				}
				return strconv.Itoa(i)
			}
			send("first")
			if c.seen {
				for i := range b.N {
					send(key(i))
				}
			}
			before := n.triggers.Stats()[0]
			took := make([]time.Duration, b.N)
			b.ResetTimer()
			for i := range took {
				took[i] = send(key(i))
			}
			b.StopTimer()
			after := n.triggers.Stats()[0]
			if read := after.Activations - before.Activations; after.Commits > 0 {
				require.EqualValues(b, b.N, read+after.Reached-before.Reached)
				require.Equal(b, c.read, read > 0)
				require.Contains(b, []uint64{0, uint64(b.N)}, read)
			}
			slices.Sort(took)
			for _, q := range []int{50, 99} {
				b.ReportMetric(float64(took[(len(took)-1)*q/100].Microseconds()), fmt.Sprintf("p%d-us", q))
			}
		})
	}
}
