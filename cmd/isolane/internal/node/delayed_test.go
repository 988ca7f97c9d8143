package node

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// A function publishes for later: it comes when it is due and not before, once for an
// invocation however often that runs, also to a function; and what cannot be is said at once.
func TestPublishForLater(t *testing.T) {
	_, nc := serve(t, map[string]string{
		"later.ts": `export default async (m: any, ctx: any) => {
		  const { subject, options } = m.json();
		  if (options?.at === "soon") options.at = new Date(Date.now() + 300);
		  try { return await ctx.nats.publish(subject ?? "out.x", "for later", options) } catch (e) { return { name: e.name, message: e.message } }
		}`,
		"later.yaml": `permissions: { nats: { publish: ["out.*", "fn.echo"] } }`,
		"echo.ts":    `export default async (m: any, ctx: any) => { await ctx.nats.publish("out.echo", m.text()) }`,
		"echo.yaml":  `permissions: { nats: { publish: ["out.*"] } }`,
	}, func(c *config.Config) { c.Runtimes.Count = 1 })
	out, err := nc.SubscribeSync("out.>")
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	type answer struct {
		Stream, Name, Message string
		Duplicate             bool
	}
	later := func(body, id string) (got answer) {
		request := nats.NewMsg("fn.later")
		request.Data = []byte(body)
		request.Header.Set("Isolane-Invocation", id)
		reply, err := nc.RequestMsg(request, patience)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(reply.Data, &got), "%s %v", reply.Data, reply.Header)
		return got
	}
	began := time.Now()
	require.Equal(t, answer{Stream: "ISOLANE_DELAYED"}, later(`{"options":{"delay":600}}`, "one"))
	require.Equal(t, answer{Stream: "ISOLANE_DELAYED", Duplicate: true}, later(`{"options":{"delay":600}}`, "one"))
	msg, err := out.NextMsg(patience)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(began), 600*time.Millisecond)
	require.Equal(t, "out.x", msg.Subject)
	require.Equal(t, "for later", string(msg.Data))
	require.Equal(t, "one/later/1", msg.Header.Get(jetstream.MsgIDHeader))

	require.Equal(t, answer{Stream: "ISOLANE_DELAYED"}, later(`{"subject":"fn.echo","options":{"at":"soon"}}`, "two"))
	msg, err = out.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "out.echo", msg.Subject)
	require.Equal(t, "for later", string(msg.Data))

	for body, want := range map[string]answer{
		`{"subject":"secret","options":{"delay":5}}`: {Name: "PermissionDeniedError", Message: `"secret" is not permitted`},
		`{"options":{"delay":5,"at":7}}`:             {Name: "TypeError", Message: "give delay or at, not both"},
		`{"options":{"delay":-5}}`:                   {Name: "TypeError", Message: "delay must be a number of milliseconds, 0 or more"},
		`{"options":{"delay":"1s"}}`:                 {Name: "TypeError", Message: "delay must be a number of milliseconds, 0 or more"},
		`{"options":{"at":"tomorrow"}}`:              {Name: "TypeError", Message: "at must be a Date, or milliseconds since 1970"},
		`{"options":{"delay":1e300}}`:                {Name: "TypeError", Message: "too far ahead"},
		`{"options":{"at":1e300}}`:                   {Name: "TypeError", Message: "too far ahead"},
	} {
		got := later(body, "three")
		require.Equal(t, want.Name, got.Name, body)
		require.Contains(t, got.Message, want.Message, body)
	}
	_, err = out.NextMsg(10 * time.Millisecond)
	require.Error(t, err, "nothing comes twice")
}
