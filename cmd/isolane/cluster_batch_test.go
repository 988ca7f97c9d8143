package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// Batches that one member takes and another runs: of a function that has one isolate in the
// cluster, both members take batches, and each message has the end that the function says.
func TestClusterBatches(t *testing.T) {
	g := startGroup(t, 2, []string{
		"many.ts", `export default { async batch(msgs: any[], ctx: any) {
		  for (const m of msgs) {
		    const word = m.text();
		    if (word.startsWith("bad")) { m.reject("bad word"); continue; }
		    if (word.startsWith("later") && m.attempt === 1) { m.retry({ delay: 20 }); continue; }
		    await ctx.nats.publish("out." + word, { subject: m.subject, attempt: m.attempt, node: ctx.invocation.node  }, { msgId: m.id });
		  }
		} }`,
		"many.yaml", `
dedicated: true
stream: { name: IN, batch: { size: 5, wait: 20ms }, backoff: [10ms], deliveries: 4 }
permissions: { nats: { publish: ["out.*"] } }`,
	})
	js, err := jetstream.New(g.nodes["n1"].connect())
	require.NoError(t, err)
	out, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OUT", Subjects: []string{"out.>"}})
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.>"}})
	require.NoError(t, err)

	taken := func() map[string]uint64 {
		stdout, errOut, status := cli(t, "triggers", "ls", "--json", "--nats", g.url)
		require.Zero(t, status, errOut)
		var answers []admin.Triggers
		require.NoError(t, json.Unmarshal([]byte(stdout), &answers))
		by := map[string]uint64{}
		for _, a := range answers {
			for _, trigger := range a.Triggers {
				if trigger.Stream == "IN" {
					by[a.Node] = trigger.Batches
				}
			}
		}
		return by
	}
	sent := 0
	eventually(t, 2*patience, func() error { // until both had some
		for i := range 40 {
			word := fmt.Sprint([]string{"bad", "later", "w", "v"}[i%4], sent)
			_, err := js.Publish(t.Context(), "in.x", []byte(word))
			require.NoError(t, err)
			sent++
		}
		by := taken()
		if by["n1"] == 0 || by["n2"] == 0 {
			return fmt.Errorf("batches by node: %v", by)
		}
		return nil
	})
	eventually(t, patience, func() error {
		c, err := js.Consumer(t.Context(), "IN", "isolane_many")
		if err != nil {
			return err
		}
		if info := c.CachedInfo(); info.NumPending > 0 || info.NumAckPending > 0 {
			return fmt.Errorf("%d wait, %d are not settled", info.NumPending, info.NumAckPending)
		}
		return nil
	})
	info, err := out.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, sent/4*3, info.State.Msgs, "each once, but for the bad ones")
	homes := map[string]bool{}
	for seq := uint64(1); seq <= info.State.LastSeq; seq++ {
		msg, err := out.GetMsg(t.Context(), seq)
		require.NoError(t, err)
		var said struct {
			Subject, Node string
			Attempt       int
		}
		require.NoError(t, json.Unmarshal(msg.Data, &said))
		require.Equal(t, "in.x", said.Subject)
		if msg.Subject[len("out."):len("out.")+1] == "l" {
			require.Equal(t, 2, said.Attempt, msg.Subject)
		}
		homes[said.Node] = true
	}
	require.Len(t, homes, 1, "one isolate in the cluster")
	letters := 0
	for l, err := range deadletter.New(js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
		if errors.Is(err, deadletter.ErrNoBox) {
			break
		}
		require.NoError(t, err)
		require.Contains(t, l.Error, "bad word")
		letters++
	}
	require.Equal(t, sent/4, letters)
	t.Logf("%d messages; batches by who took them: %v", sent, taken())
}
