package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// What a node takes from streams, at times and for later is listed, with why it does not.
func TestTriggersLs(t *testing.T) {
	p := startNode(t, folder(t,
		"many.ts", `export default { batch(msgs: any[]) {} }`,
		"many.yaml", `stream: { name: IN, batch: { size: 4, wait: 20ms } }`,
		"lost.ts", `export default () => {}`,
		"lost.yaml", `stream: { name: GONE }`,
		"tick.ts", `export default () => {}`,
		"tick.yaml", `{ schedule: { cron: "@every 1s" }, permissions: { nats: { publish: [later] } } }`,
	))
	js, err := jetstream.New(p.connect())
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in"}})
	require.NoError(t, err)
	for range 5 {
		_, err = js.Publish(t.Context(), "in", nil)
		require.NoError(t, err)
	}
	eventually(t, patience, func() error {
		out, errOut, status := cli(t, "triggers", "ls", "--json", "--nats", p.url)
		require.Zero(t, status, errOut)
		var answers []admin.Triggers
		require.NoError(t, json.Unmarshal([]byte(out), &answers))
		require.Len(t, answers, 1)
		kinds := map[string]admin.Trigger{}
		for _, trigger := range answers[0].Triggers {
			kinds[trigger.Kind+" "+trigger.Stream] = trigger
		}
		many := kinds["stream IN"]
		if len(kinds) != 4 || many.Deliveries != 5 || many.Held > 0 || many.Batches == 0 || answers[0].Schedules.Published == 0 ||
			kinds["stream GONE"].Fault == "" || kinds["delayed ISOLANE_DELAYED"].Consumer == "" || kinds["schedule ISOLANE_SCHEDULE"].Deliveries == 0 {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
	out, errOut, status := cli(t, "triggers", "ls", "--nats", p.url)
	require.Zero(t, status, errOut)
	require.Regexp(t, `(?m)^\S+\s+many\s+stream\s+IN\s+isolane_many\s+served\s+0 of \d+\s+5\s+0\s+[2-5]\s+0\s+0$`, out)
	require.Regexp(t, `(?m)^\S+\s+-\s+delayed\s+ISOLANE_DELAYED\s+isolane__delayed\s+served`, out)
	require.Contains(t, out, "isolane_lost is not served: stream: no such stream: GONE: make it (nats stream add GONE)")
	require.Regexp(t, `schedules: 1 kept, [1-9]\d* due times published here, 0 left out`, out)
}
