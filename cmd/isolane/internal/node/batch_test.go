package node

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// A function takes the messages of a stream in batches, says of each what is to become of it,
// and publishes for each once; however it is isolated.
func TestBatchOfAStream(t *testing.T) {
	const source = `export default { async batch(msgs: any[], ctx: any) {
	  await Promise.all(msgs.map(async m => {
	    const word = m.text();
	    if (word === "bad") return m.reject("bad word");
	    if (word === "later" && m.attempt === 1) return m.retry({ delay: 50 });
	    await ctx.nats.publish("out." + word, [m.subject, m.attempt, msgs.length], { msgId: m.id });
	    if (word === "early") m.ack();
	  }));
	  if (msgs.some(m => m.text() === "poison")) throw new Error("poisoned");
	} }`
	for name, manifest := range map[string]string{"warm": "", "context": "isolation: context\n", "isolate": "isolation: isolate\n", "dedicated": "dedicated: true\n"} {
		t.Run(name, func(t *testing.T) {
			_, nc := serve(t, map[string]string{"many.ts": source, "many.yaml": manifest + `
stream: { name: IN, batch: { size: 20, wait: 200ms }, backoff: [10ms], deliveries: 3 }
permissions: { nats: { publish: ["out.*"] } }`}, func(c *config.Config) { c.Runtimes.Count = 1 })
			js, err := jetstream.New(nc)
			require.NoError(t, err)
			out, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OUT", Subjects: []string{"out.>"}})
			require.NoError(t, err)
			in, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.>"}})
			require.NoError(t, err)
			words := []string{"bad", "later", "early", "poison"}
			for i := range 16 {
				words = append(words, fmt.Sprint("w", i))
			}
			for _, word := range words {
				_, err = js.Publish(t.Context(), "in.x", []byte(word))
				require.NoError(t, err)
			}
			consumer := "isolane_many"
			require.Eventually(t, func() bool {
				c, err := in.Consumer(t.Context(), consumer)
				return err == nil && c.CachedInfo().AckFloor.Stream == uint64(len(words))
			}, patience, 10*time.Millisecond)

			// 16 words, later, early and poison: each once, whatever ran again.
			info, err := out.Info(t.Context())
			require.NoError(t, err)
			require.EqualValues(t, 19, info.State.Msgs)
			last, err := out.GetLastMsgForSubject(t.Context(), "out.later")
			require.NoError(t, err)
			var said []any
			require.NoError(t, json.Unmarshal(last.Data, &said))
			require.Equal(t, "in.x", said[0])
			require.InDelta(t, 2, said[1], 0)
			given := map[string]*deadletter.Letter{}
			for letter, err := range deadletter.New(js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
				require.NoError(t, err)
				given[string(letter.Payload)] = letter
			}
			require.Len(t, given, 2)
			require.Equal(t, function.BadRequest, given["bad"].Outcome)
			require.Contains(t, given["bad"].Error, "bad word")
			require.Equal(t, function.Exception, given["poison"].Outcome)
			require.Contains(t, given["poison"].Error, "poisoned")
			require.Equal(t, 3, given["poison"].Attempts)
			require.Equal(t, "bad-request", ask(t, nc, "fn.many", "").Header.Get("Isolane-Outcome"), "it takes no single messages")
		})
	}
}

// What was acknowledged in a turn that had ended stays so where another function's turn takes
// the isolate: the rest alone comes again.
func TestAckedOutlivesTheIsolate(t *testing.T) {
	const source = `export default { async batch(msgs: any[], ctx: any) {
	  const first = msgs.some(m => m.text() === "acked");
	  for (const m of msgs) if (m.text() === "acked") m.ack();
	  await ctx.nats.publish("out." + msgs.map(m => m.text() + m.attempt).join("."), "");
	  if (first) await new Promise(() => {});
	} }`
	for name, manifest := range map[string]string{"once": "", "idempotent": "idempotent: true\n"} {
		t.Run(name, func(t *testing.T) {
			_, nc := serve(t, map[string]string{
				"many.ts": source, "many.yaml": manifest + `
stream: { name: IN, batch: { size: 2, wait: 1m }, backoff: [10ms] }
permissions: { nats: { publish: ["out.>"] } }`,
				"spin.ts": `export default () => { for (;;); }`, "spin.yaml": "limits: { cpu: 100ms }\n",
			}, func(c *config.Config) { c.Runtimes.Count = 1 })
			js, err := jetstream.New(nc)
			require.NoError(t, err)
			out, err := nc.SubscribeSync("out.>")
			require.NoError(t, err)
			require.NoError(t, nc.Flush())
			in, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.>"}})
			require.NoError(t, err)
			for _, word := range []string{"acked", "rest"} {
				_, err = js.Publish(t.Context(), "in.x", []byte(word))
				require.NoError(t, err)
			}
			next := func() string {
				msg, err := out.NextMsg(patience)
				require.NoError(t, err)
				return msg.Subject
			}
			require.Equal(t, "out.acked1.rest1", next())
			require.Equal(t, "exceeded-cpu", ask(t, nc, "fn.spin", "").Header.Get("Isolane-Outcome"))
			require.Equal(t, "out.rest1", next())
			require.Eventually(t, func() bool {
				c, err := in.Consumer(t.Context(), "isolane_many")
				return err == nil && c.CachedInfo().AckFloor.Stream == 2
			}, patience, 10*time.Millisecond)
			pending, _, err := out.Pending()
			require.NoError(t, err)
			require.Zero(t, pending, "nothing else was run")
		})
	}
}
