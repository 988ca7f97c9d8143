package node

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// One message that ends its isolate, among twenty that wait there for IO: they are run again as
// if they had not begun, and it becomes one dead letter, by itself, however the trigger is.
func TestAKillerAmongInnocents(t *testing.T) {
	const source = `export default { async message(msg: any, ctx: any) {
	  const word = msg.text();
	  if (word === "warm") return void await new Promise((r) => setTimeout(r, 5));
	  if (word === "killer") for (;;);
	  await ctx.nats.request("gate", word + " " + ctx.invocation.attempt, { timeout: 30_000 });
	  await ctx.nats.publish("out." + word, "");
	} }`
	const innocents, warm = 20, 400
	for name, manifest := range map[string]string{
		"plain":      "stream: { name: IN, subject: \"in.{id}\", backoff: [50ms] }\n",
		"idempotent": "idempotent: true\nstream: { name: IN, subject: \"in.{id}\", backoff: [50ms] }\n",
		"in order":   "stream: { name: IN, subject: \"in.{id}\", order: \"{id}\", backoff: [50ms] }\n",
		"keyed":      "key: \"in.{id}\"\nstream: { name: IN, backoff: [50ms] }\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, nc := serve(t, map[string]string{"work.ts": source, "work.yaml": manifest + `
limits: { cpu: 2s } # of which the others need little, however slow the machine is
permissions: { nats: { publish: ["out.*"], request: [gate] } }`}, func(c *config.Config) { c.Runtimes.Count = 1 })
			js, err := jetstream.New(nc)
			require.NoError(t, err)
			var mu sync.Mutex
			waiting := map[string][]*nats.Msg{}
			_, err = nc.Subscribe("gate", func(m *nats.Msg) {
				mu.Lock()
				defer mu.Unlock()
				word, _, _ := strings.Cut(string(m.Data), " ")
				waiting[word] = append(waiting[word], m)
			})
			require.NoError(t, err)
			out, err := nc.SubscribeSync("out.*")
			require.NoError(t, err)
			require.NoError(t, nc.Flush())
			in, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.>"}})
			require.NoError(t, err)
			send := func(id, word string) {
				_, err := js.Publish(t.Context(), "in."+id, []byte(word))
				require.NoError(t, err)
			}
			settled := func(n uint64) bool {
				for info := range in.ListConsumers(t.Context()).Info() {
					if info.AckFloor.Stream == n && info.NumAckPending == 0 {
						return true
					}
				}
				return false
			}
			for n := range warm { // a new trigger takes few at a time
				send(fmt.Sprint("w", n), "warm")
			}
			require.Eventually(t, func() bool { return settled(warm) }, patience, 20*time.Millisecond)
			for n := range innocents {
				send(fmt.Sprint(n), fmt.Sprint(n))
			}
			times := func(n int) func() bool {
				return func() bool {
					mu.Lock()
					defer mu.Unlock()
					least := n
					for i := range innocents {
						least = min(least, len(waiting[fmt.Sprint(i)]))
					}
					return least == n
				}
			}
			require.Eventually(t, times(1), patience, 10*time.Millisecond, "all wait in the isolate")
			send("k", "killer")
			require.Eventually(t, times(3), patience, 10*time.Millisecond, "they begin again, after each of two isolates")
			mu.Lock()
			for word, asked := range waiting {
				for _, m := range asked {
					require.Equal(t, word+" 1", string(m.Data), "the attempt was counted")
					_ = m.Respond(nil)
				}
			}
			mu.Unlock()
			done := map[string]int{}
			for range innocents {
				m, err := out.NextMsg(patience)
				require.NoError(t, err)
				done[m.Subject]++
			}
			require.Len(t, done, innocents)
			require.Eventually(t, func() bool { return settled(warm + innocents + 1) }, patience, 20*time.Millisecond)
			var letters []*deadletter.Letter
			for l, err := range deadletter.New(js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
				require.NoError(t, err)
				letters = append(letters, l)
			}
			require.Len(t, letters, 1)
			require.Equal(t, "killer", string(letters[0].Payload))
			require.Equal(t, function.Crashed, letters[0].Outcome)
			require.Contains(t, letters[0].Error, "the message killed 2 isolates: test/runtime-0#1 (exceeded-cpu: ")
			require.Contains(t, letters[0].Error, "; test/runtime-0#2 (exceeded-cpu: ")
			require.Equal(t, 2, letters[0].Attempts)
			pending, _, err := out.Pending()
			require.NoError(t, err)
			require.Zero(t, pending, "each ran to its end once")
		})
	}
}
