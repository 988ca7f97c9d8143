package types_test

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/node"
)

// patience bounds a hang, and measures nothing.
const patience = time.Minute

var rewrite = flag.Bool("rewrite", false, "write what the runtime has into members.json")

// TestMembers has a function of a real node list what it finds, and compares it with
// members.json, which the declarations are held to.
func TestMembers(t *testing.T) {
	var got any
	require.NoError(t, json.Unmarshal(members(t), &got))
	text, err := json.MarshalIndent(got, "", "  ")
	require.NoError(t, err)
	if *rewrite {
		require.NoError(t, os.WriteFile("members.json", append(text, '\n'), 0o600))
	}
	want, err := os.ReadFile("members.json")
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(text), "the runtime has something else than members.json says: make types, and look at what the declarations become")
}

// members is what testdata/members.js answers.
func members(t *testing.T) []byte {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", "members.js"))
	require.NoError(t, err)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"members.js":   string(script),
		"members.yaml": "permissions: { nats: { publish: [echo, stored], request: [echo, fails] }, kv: [types] }\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	cfg := config.DefaultConfig()
	cfg.Node.Name, cfg.Functions, cfg.Data = "test", dir, t.TempDir()
	cfg.NATS.Listen, cfg.Runtimes.Count = "127.0.0.1:0", 1
	n, err := node.Start(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, n.Stop(ctx))
	})
	nc, err := nats.Connect(n.Ready().NATS)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "types"})
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "STORED", Subjects: []string{"stored"}})
	require.NoError(t, err)
	for subject, answer := range map[string]nats.Header{"echo": nil, "fails": {"Nats-Service-Error-Code": {"500"}, "Nats-Service-Error": {"sorry"}}} {
		_, err := nc.Subscribe(subject, func(m *nats.Msg) { _ = m.RespondMsg(&nats.Msg{Header: answer, Data: m.Data}) })
		require.NoError(t, err)
	}
	require.NoError(t, nc.Flush())
	m, err := nc.Request("fn.members", nil, patience)
	require.NoError(t, err)
	require.Empty(t, m.Header.Get("Nats-Service-Error"), "%s", m.Data)
	return m.Data
}
