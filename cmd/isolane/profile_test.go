package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/cpuprofile"
)

// TestProfileCommand profiles a function that is called, and writes what Chrome reads.
func TestProfileCommand(t *testing.T) {
	n := startNode(t, folder(t,
		"hot.js", `export default () => { let n = 0; for (let i = 0; i < 2e6; i++) n = (n * 31 + i) % 1000003; return n }`,
		"fresh.js", `export default () => 1`, "fresh.yaml", `isolation: isolate`), "--name", "n1", "--runtimes", "1")
	conn := n.connect()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			_, _ = conn.RequestWithContext(ctx, "fn.hot", nil)
		}
	}()
	file := filepath.Join(t.TempDir(), "hot.cpuprofile")
	out, errOut, status := cli(t, "profile", "hot", "--seconds", "1", "-o", file, "--nats", n.url)
	require.Zero(t, status, errOut)
	require.Contains(t, out, "the busiest of 1 there")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	p, err := cpuprofile.Parse(text)
	require.NoError(t, err)
	require.Positive(t, p.Hits())
	out, _, status = cli(t, "profile", "hot", "--seconds", "0.2", "-o", file, "--json", "--nats", n.url)
	require.Zero(t, status)
	require.Contains(t, out, `"file":`)
	cancel()
	<-ended
	_, errOut, status = cli(t, "profile", "hot", "--seconds", "0.1", "-o", file, "--nats", n.url)
	require.Zero(t, status)
	require.Contains(t, errOut, "was not seen running")

	for name, tc := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"nobody serves it": {[]string{"profile", "nobody"}, exitFailure, "serves nobody"},
		"no warm isolate":  {[]string{"profile", "fresh"}, exitFailure, "an isolate of its own"},
		"too long":         {[]string{"profile", "hot", "--seconds", "61"}, exitUsage, "60"},
		"no name":          {[]string{"profile", "No.Name"}, exitUsage, "No.Name"},
	} {
		_, errOut, status := cli(t, append(tc.args, "--nats", n.url)...)
		require.Equal(t, tc.status, status, name)
		require.Contains(t, errOut, tc.says, name)
	}
}
