package node

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// patience is how long a test waits for what must happen; it bounds a hang, and
// measures nothing.
const patience = time.Minute

// serve starts a node with the files of functions, and a client of it.
func serve(t testing.TB, files map[string]string, configure func(*config.Config)) (*Node, *nats.Conn) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	cfg := config.DefaultConfig()
	cfg.Node.Name, cfg.Functions, cfg.Data = "test", dir, t.TempDir()
	cfg.NATS.Listen = "127.0.0.1:0"
	cfg.Runtimes.Count = 2
	if configure != nil {
		configure(&cfg)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n, err := Start(ctx, cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, n.Stop(ctx))
	})
	require.Empty(t, n.functions.brokenNow())
	nc, err := nats.Connect(n.Ready().NATS)
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	return n, nc
}

// outcomeOf reads the outcome of a reply.
func outcomeOf(t testing.TB, m *nats.Msg) function.Outcome {
	t.Helper()
	text := m.Header.Get("Isolane-Outcome")
	if text == "" {
		require.Empty(t, m.Header.Get("Nats-Service-Error-Code"))
		return function.OK
	}
	o, err := function.ParseOutcome(text)
	require.NoError(t, err)
	return o
}

// ask sends a request and returns its reply.
func ask(t testing.TB, nc *nats.Conn, subject, payload string) *nats.Msg {
	t.Helper()
	m, err := nc.Request(subject, []byte(payload), patience)
	require.NoError(t, err, subject)
	return m
}

func decode[T any](t testing.TB, m *nats.Msg) T {
	t.Helper()
	var v T
	require.NoError(t, json.Unmarshal(m.Data, &v), "%s", m.Data)
	return v
}
