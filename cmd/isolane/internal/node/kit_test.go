package node

import (
	"context"
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
func serve(tb testing.TB, files map[string]string, configure func(*config.Config)) (*Node, *nats.Conn) {
	tb.Helper()
	dir := tb.TempDir()
	for name, content := range files {
		require.NoError(tb, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	n, nc := serveLogged(tb, dir, slog.New(slog.DiscardHandler), configure)
	require.Empty(tb, n.functions.listing.brokenNow())
	return n, nc
}

// serveLogged starts a node with a folder of functions, and a client of it.
func serveLogged(tb testing.TB, dir string, log *slog.Logger, configure func(*config.Config)) (*Node, *nats.Conn) {
	tb.Helper()
	n := begin(tb, dir, log, configure)
	nc, err := nats.Connect(n.Ready().NATS)
	require.NoError(tb, err)
	tb.Cleanup(nc.Close)
	return n, nc
}

// begin starts a node with a folder of functions, until the test ends.
func begin(tb testing.TB, dir string, log *slog.Logger, configure func(*config.Config)) *Node {
	tb.Helper()
	n := started(tb, dir, log, configure)
	tb.Cleanup(func() { ended(tb, n) })
	return n
}

// ended stops a node in good order.
func ended(tb testing.TB, n *Node) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	require.NoError(tb, n.Stop(ctx))
}

// started starts a node with a folder of functions, which the caller stops.
func started(tb testing.TB, dir string, log *slog.Logger, configure func(*config.Config)) *Node {
	tb.Helper()
	cfg := config.DefaultConfig()
	cfg.Node.Name, cfg.Functions, cfg.Data = "test", dir, tb.TempDir()
	cfg.NATS.Listen = "127.0.0.1:0"
	cfg.Runtimes.Count = 2
	if configure != nil {
		configure(&cfg)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	n, err := Start(ctx, cfg, log)
	require.NoError(tb, err)
	return n
}

// outcomeOf reads the outcome of a reply.
func outcomeOf(tb testing.TB, m *nats.Msg) function.Outcome {
	tb.Helper()
	text := m.Header.Get("Isolane-Outcome")
	if text == "" {
		require.Empty(tb, m.Header.Get("Nats-Service-Error-Code"))
		return function.OK
	}
	o, err := function.ParseOutcome(text)
	require.NoError(tb, err)
	return o
}

// ask sends a request and returns its reply.
func ask(tb testing.TB, nc *nats.Conn, subject, payload string) *nats.Msg {
	tb.Helper()
	m, err := nc.Request(subject, []byte(payload), patience)
	require.NoError(tb, err, subject)
	return m
}
