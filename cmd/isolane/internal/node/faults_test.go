package node

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// watched is a node on somebody else's NATS server, with its log and its metrics.
type watched struct {
	*Node
	t    *testing.T
	logs *logkit.Buffer
}

// watch starts a node on the server at this URL.
func watch(t *testing.T, natsURL string, files map[string]string, configure func(*config.Config)) *watched {
	t.Helper()
	dir := t.TempDir()
	save(t, dir, files)
	logs := new(logkit.Buffer)
	n := begin(t, dir, slog.New(slog.NewTextHandler(logs, nil)), func(c *config.Config) {
		c.NATS.URL, c.HTTP.Listen, c.Runtimes.Count = natsURL, "127.0.0.1:0", 1
		if configure != nil {
			configure(c)
		}
	})
	return &watched{Node: n, t: t, logs: logs}
}

// metrics is what a scrape shows.
func (w *watched) metrics() string {
	w.t.Helper()
	resp, err := http.Get(w.web.URL() + "/metrics")
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, resp.StatusCode, "%s", text)
	return string(text)
}

// sees waits until a scrape shows a line that begins so, with a value that is not 0, and the
// log has these words.
func (w *watched) sees(metric string, words ...string) {
	w.t.Helper()
	var text string
	require.Eventually(w.t, func() bool {
		text = w.metrics()
		for line := range strings.Lines(text) {
			if value, ok := strings.CutPrefix(line, metric+" "); ok && strings.TrimSpace(value) != "0" {
				return true
			}
		}
		return false
	}, patience, 50*time.Millisecond, "%s in\n%s", metric, text)
	for _, word := range words {
		require.Eventually(w.t, func() bool { return strings.Contains(w.logs.String(), word) }, patience, 20*time.Millisecond, "%s in\n%s", word, w.logs)
	}
}

// What goes wrong with NATS is counted for Prometheus, and the log says what to do, on a node
// that goes on to serve.
func TestFaultsOfNATSAreSeen(t *testing.T) {
	options := &server.Options{
		JetStream: true, MaxPayload: 64 << 10, StoreDir: t.TempDir(),
		Users: []*server.User{
			{Username: "admin", Password: "a"},
			{Username: "node", Password: "n", Permissions: &server.Permissions{
				Publish: &server.SubjectPermission{Allow: []string{">"}, Deny: []string{"secret"}},
			}},
		},
	}
	s := natskit.Raw(t, options)
	stop := func() {}
	t.Cleanup(func() { stop() }) // after the node
	as := func(user, password string) string {
		u, err := url.Parse(s.ClientURL())
		require.NoError(t, err)
		u.User = url.UserPassword(user, password)
		return u.String()
	}
	admin := natskit.Connect(t, as("admin", "a"))
	js := natskit.JetStream(t, admin)
	for _, cfg := range []jetstream.StreamConfig{
		{Name: "SMALL", Subjects: []string{"small"}, MaxMsgs: 1, Discard: jetstream.DiscardNew},
		{Name: "IN", Subjects: []string{"in.*"}},
	} {
		_, err := js.CreateStream(t.Context(), cfg)
		require.NoError(t, err)
	}
	w := watch(t, as("node", "n"), map[string]string{
		"send.ts": `export default async (m: any, ctx: any) => {
		  const { to, ack } = m.json();
		  try { await ctx.nats.publish(to, "x", { ack }); return "sent" } catch (e) { return e.name + ": " + e.message }
		}`,
		"send.yaml":  `permissions: { nats: { publish: [small, secret, later] } }`,
		"large.ts":   `export default () => "x".repeat(100_000)`,
		"many.ts":    `export default { batch(msgs: any[]) { if (msgs.length === 0) throw new Error("none") } }`,
		"many.yaml":  `stream: { name: IN, batch: { size: 4, wait: 50ms } }`,
		"tick.ts":    `export default () => {}`,
		"tick.yaml":  `schedule: { cron: "@every 1s" }`,
		"delay.ts":   `export default async (m: any, ctx: any) => { await ctx.nats.publish("later", "x", { delay: 1 }) }`,
		"delay.yaml": `permissions: { nats: { publish: [later] } }`,
	}, nil)

	// A permission that is missing.
	require.Contains(t, string(ask(t, admin, "fn.send", `{"to":"secret","ack":false}`).Data), "RefusedError")
	w.sees(`isolane_nats_errors_total{kind="permission"}`, "NATS refused a subject: grant it to this user in the server's configuration")
	// A stream without room.
	require.Equal(t, "sent", string(ask(t, admin, "fn.send", `{"to":"small","ack":true}`).Data))
	require.Contains(t, string(ask(t, admin, "fn.send", `{"to":"small","ack":true}`).Data), "RefusedError: nats.publish: the stream has no room")
	w.sees(`isolane_function_sends_failed_total{error="RefusedError"}`, "NATS did not take what a function sent, which was told", "nats stream report")
	// A reply over the limit.
	require.Equal(t, function.TooLarge, outcomeOf(t, ask(t, admin, "fn.large", "")))
	w.sees(`isolane_invocations_total{outcome="ok"}`)
	w.sees(`isolane_bridge_replies_too_large_total`, "a reply was not sent, since it is larger than the server takes", "raise the server's max_payload")
	// Batches, schedules, and messages for later.
	for range 8 {
		_, err := js.Publish(t.Context(), "in.x", nil)
		require.NoError(t, err)
	}
	w.sees(`isolane_trigger_batches_total{kind="stream"}`)
	w.sees(`isolane_schedules{state="kept"}`)
	w.sees(`isolane_schedule_times_total{what="published"}`)
	ask(t, admin, "fn.delay", "")
	w.sees(`isolane_delayed_messages_total`)
	w.sees(`isolane_trigger_deliveries_total{kind="delayed"}`)
	// What each function has, for nats micro, and all of it, for isolane triggers ls.
	stats, err := admin.Request("$SRV.STATS.isolane", nil, patience)
	require.NoError(t, err)
	require.Contains(t, string(stats.Data), `"triggers":[{"kind":"stream","stream":"IN","consumer":"isolane_many"`)
	kinds := map[string]bool{}
	for _, trigger := range w.shownTriggers().Triggers {
		kinds[trigger.Kind] = true
	}
	require.Equal(t, map[string]bool{"stream": true, "schedule": true, "delayed": true}, kinds)

	// The stream is deleted, and made again.
	require.NoError(t, js.DeleteStream(t.Context(), "IN"))
	w.sees(`isolane_triggers{kind="stream",state="failing"}`, "the trigger is not served; its messages wait in the stream", "make it (nats stream add IN)")
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.*"}})
	require.NoError(t, err)
	w.sees(`isolane_triggers{kind="stream",state="served"}`, "the trigger is served again")

	// The server goes, telling that before, and comes back.
	address, ok := s.Addr().(*net.TCPAddr)
	require.True(t, ok)
	options.Port = address.Port
	s.Shutdown()
	s.WaitForShutdown()
	w.sees(`isolane_nats_disconnects_total`, "connection to NATS lost")
	require.NotContains(t, w.metrics(), "isolane_nats_connected 1\n")
	_, stop = natskit.RawUntil(t, options)
	w.sees(`isolane_nats_reconnects_total`, "connection to NATS is back")
	require.Eventually(t, func() bool {
		reply, err := admin.Request("fn.send", []byte(`{"to":"later","ack":false}`), time.Second)
		return err == nil && string(reply.Data) == "sent"
	}, patience, 20*time.Millisecond)
}

// TestStopWithoutNATS: a node whose server is gone does not use up its grace, and says why.
func TestStopWithoutNATS(t *testing.T) {
	s, stop := natskit.RawUntil(t, &server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir()})
	dir := t.TempDir()
	save(t, dir, map[string]string{
		"waits.js":   "export default () => new Promise((done) => setTimeout(done, 1e6))",
		"waits.yaml": "limits: { wall: 1h }\nstream: { name: JOBS, subject: \"jobs.>\" }",
	})
	admin := natskit.Connect(t, s.ClientURL())
	js := natskit.JetStream(t, admin)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "JOBS", Subjects: []string{"jobs.>"}})
	require.NoError(t, err)
	logs := new(logkit.Buffer)
	cfg := config.DefaultConfig()
	cfg.Node.Name, cfg.Functions, cfg.Data, cfg.NATS.URL, cfg.Runtimes.Count = "test", dir, t.TempDir(), s.ClientURL(), 1
	n, err := Start(t.Context(), cfg, slog.New(slog.NewTextHandler(logs, nil)))
	require.NoError(t, err)
	require.NoError(t, admin.PublishRequest("fn.waits", admin.NewInbox(), nil))
	_, err = js.Publish(t.Context(), "jobs.1", nil)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return n.pool.Load().Inflight == 2 }, patience, time.Millisecond)
	admin.Close()
	stop()
	grace, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	require.ErrorIs(t, n.Stop(grace), errNATSAway) // or go test gives up
	require.NoError(t, grace.Err())
	logs.Await(t, "the NATS server is away: the node stops without waiting for it any longer")
	require.Zero(t, n.pool.Load().Inflight)
}
