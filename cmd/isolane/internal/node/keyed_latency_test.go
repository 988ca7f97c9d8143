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
// nothing else runs: without a state, in an order, with a key whose state is at hand, with one
// that is new, and with one whose state was passivated. Compare within one run: go test
// ./cmd/isolane/internal/node -run '^$' -bench KeyedLatency -benchtime 500x.
func BenchmarkKeyedLatency(b *testing.B) {
	const counter = `export default class { async message(m: any, ctx: any) {
	  const n = ((await ctx.state.get()) ?? 0) + 1;
	  await ctx.state.put(n);
	  return n;
	} }`
	const stateless = `export default async () => 1`
	for _, c := range []struct {
		name, source, manifest string
		// one says that all messages have one key, again that the keys were seen by a node before.
		one, again bool
	}{
		{"stateless", stateless, `stream: { name: IN, subject: "in.{key}", reply: "out.{key}" }`, true, false},
		{"order", stateless, `stream: { name: IN, subject: "in.{key}", reply: "out.{key}", order: "{key}" }`, true, false},
		{"at_hand", counter, "key: \"in.{key}\"\nstream: { name: IN, reply: \"out.{key}\" }", true, false},
		{"new_key", counter, "key: \"in.{key}\"\nstream: { name: IN, reply: \"out.{key}\" }", false, false},
		{"passivated", counter, "key: \"in.{key}\"\nstream: { name: IN, reply: \"out.{key}\" }", false, true},
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
			node := func() *Node {
				return started(b, dir, slog.New(slog.DiscardHandler), func(cfg *config.Config) {
					cfg.NATS.URL, cfg.Runtimes.Count = server.ClientURL(), 1
				})
			}
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
			n := node()
			send("first")
			if c.again {
				for i := range b.N {
					send(key(i))
				}
				ended(b, n) // it forgets all keys
				n = node()
				send("first")
			}
			defer func() { ended(b, n) }()
			took := make([]time.Duration, b.N)
			b.ResetTimer()
			for i := range took {
				took[i] = send(key(i))
			}
			b.StopTimer()
			slices.Sort(took)
			for _, q := range []int{50, 99} {
				b.ReportMetric(float64(took[(len(took)-1)*q/100].Microseconds()), fmt.Sprintf("p%d-us", q))
			}
		})
	}
}
