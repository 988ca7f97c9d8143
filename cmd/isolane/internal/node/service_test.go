package node

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/service"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// TestServiceKeepsSecrets: an error that has a secret in it is told without, though it is
// cut.
func TestServiceKeepsSecrets(t *testing.T) {
	const secret = "open-sesame-open-sesame"
	_, nc := serve(t, map[string]string{
		"leak.js":   `export default (m, ctx) => { throw new Error("x".repeat(Number(m.text())) + ctx.env.KEY) }`,
		"leak.yaml": "permissions: { env: [KEY] }",
	}, func(cfg *config.Config) { cfg.Env = map[string]string{"KEY": secret} })
	for _, before := range []string{"1", "230", "1000"} {
		require.Contains(t, ask(t, nc, "fn.leak", before).Header.Get("Isolane-Outcome"), "exception")
		told := statsOf(t, nc).Endpoints[0].LastError
		require.Contains(t, told, "500:Error: x")
		require.NotContains(t, told, secret[:4])
	}
}

// statsOf asks the node's NATS service.
func statsOf(tb testing.TB, nc *nats.Conn) micro.Stats {
	tb.Helper()
	control, err := micro.ControlSubject(micro.StatsVerb, service.Name, "")
	require.NoError(tb, err)
	var stats micro.Stats
	require.NoError(tb, json.Unmarshal(ask(tb, nc, control, "").Data, &stats))
	return stats
}

// TestServiceStats: what the NATS service tells of functions is what became of their calls,
// and it follows what is deployed.
func TestServiceStats(t *testing.T) {
	n, nc := serve(t, map[string]string{
		"hello.ts": hello,
		"bad.js":   `export default () => { throw new Error("no luck") }`,
	}, nil)
	const good, bad = 20, 7
	for range good {
		ask(t, nc, "fn.hello", "Ada")
	}
	for range bad {
		ask(t, nc, "fn.bad", "")
	}
	stats := statsOf(t, nc)
	require.Equal(t, "test", stats.Metadata[service.MetaNode])
	require.WithinDuration(t, n.began, stats.Started, time.Millisecond)
	require.Len(t, stats.Endpoints, 2)
	failing, greeting := stats.Endpoints[0], stats.Endpoints[1]
	require.Equal(t, "fn.bad", failing.Subject)
	require.Equal(t, n.cfg.NATS.QueueGroup, failing.QueueGroup)
	require.Equal(t, bad, failing.NumRequests)
	require.Equal(t, bad, failing.NumErrors)
	require.Equal(t, "500:Error: no luck", failing.LastError)
	require.Equal(t, good, greeting.NumRequests)
	require.Zero(t, greeting.NumErrors)
	require.Empty(t, greeting.LastError)
	require.Positive(t, greeting.ProcessingTime)
	require.Equal(t, greeting.ProcessingTime/good, greeting.AverageProcessingTime)

	dir := n.cfg.Functions
	require.NoError(t, os.WriteFile(filepath.Join(dir, "new.ts"), []byte(hello), 0o600))
	require.NoError(t, os.Remove(filepath.Join(dir, "bad.js")))
	require.Eventually(t, func() bool {
		list := statsOf(t, nc).Endpoints
		return len(list) == 2 && list[0].Name == "hello" && list[1].Name == "new"
	}, patience, 10*time.Millisecond)
	require.Equal(t, good, statsOf(t, nc).Endpoints[0].NumRequests, "counted on")
}
