package node

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// TestFunctionsThatCallEachOther: two functions with one place each, both taken by a call that
// calls the other one. One is told at once, and names both; the other is served then. With a timer
// besides, none is, and the timer decides.
func TestFunctionsThatCallEachOther(t *testing.T) {
	const source = `export default async (msg, ctx) => {
		const { other, timer } = msg.text() === "" ? {} : msg.json();
		if (other === undefined) return "served";
		await ctx.nats.request("both");
		const calls = [ctx.nats.request("fn." + other, "").then((m) => m.text())];
		if (timer) calls.push(new Promise((r) => setTimeout(r, timer, "gave up")));
		try {
			return await Promise.race(calls);
		} catch (e) {
			return [e.name, e.code, e.outcome, e.message].join(" ");
		}
	}`
	const manifest = "limits: { inflight: 1 }\npermissions: { nats: { request: [both, \"fn.*\"] } }\n"
	for name, timer := range map[string]int{"alone": 0, "with a timer": 500} {
		t.Run(name, func(t *testing.T) {
			_, nc := serve(t, map[string]string{"ping.js": source, "ping.yaml": manifest, "pong.js": source, "pong.yaml": manifest},
				func(c *config.Config) { c.Runtimes.Count = 1 })
			var begun []*nats.Msg // of the subscription's goroutine
			_, err := nc.Subscribe("both", func(m *nats.Msg) {
				if begun = append(begun, m); len(begun) == 2 {
					for _, m := range begun {
						if err := m.Respond(nil); err != nil {
							t.Error(err)
						}
					}
				}
			})
			require.NoError(t, err)
			answers, err := nc.SubscribeSync(nats.NewInbox())
			require.NoError(t, err)
			for _, call := range [][2]string{{"ping", "pong"}, {"pong", "ping"}} {
				require.NoError(t, nc.PublishRequest("fn."+call[0], answers.Subject, fmt.Appendf(nil, `{"other": %q, "timer": %d}`, call[1], timer)))
			}
			var said []string
			for range 2 {
				m, err := answers.NextMsg(patience)
				require.NoError(t, err)
				require.Equal(t, function.OK, outcomeOf(t, m))
				said = append(said, string(m.Data))
			}
			slices.Sort(said)
			if timer > 0 {
				require.Equal(t, "gave up", said[0])
				require.Contains(t, []string{"gave up", "served"}, said[1])
				return
			}
			require.Contains(t, said[0], "ServiceError 503 overloaded ")
			require.Contains(t, said[0], "calls of ping, pong wait for one another: inflight limit of 1 reached")
			require.Equal(t, "served", said[1])
		})
	}
}
