package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/internal/logkit"
)

// linesIn reads what functions logs --json printed.
func linesIn(t *testing.T, out string) []funclog.Line {
	t.Helper()
	var all []funclog.Line
	for line := range strings.Lines(out) {
		var l funclog.Line
		require.NoError(t, json.Unmarshal([]byte(line), &l), line)
		all = append(all, l)
	}
	return all
}

// TestFunctionLogs: what functions print reaches who follows, and who asks later, with who
// printed it and where; each line once, in its order, and without secrets.
func TestFunctionLogs(t *testing.T) {
	dir := folder(t, "isolane.yaml", "env: { KEY: s3same-open-key }")
	g := startGroup(t, 2, []string{
		"talk.js", `export default (m, ctx) => { console.log("said " + m.text()); console.debug("quietly"); console.error("\u001b[31m" + ctx.env.KEY + "\nsecond line") }`,
		"talk.yaml", "permissions: { env: [KEY] }",
		"other.js", `export default () => { console.log("another") }`,
	}, "--config", filepath.Join(dir, "isolane.yaml"))
	conn := g.nodes["n1"].connect()
	ask := func(name, text string) {
		_, err := conn.Request("fn."+name, []byte(text), patience)
		require.NoError(t, err)
	}
	ask("talk", "before")
	ask("other", "")
	var kept []funclog.Line
	eventually(t, patience, func() error { // until the node has passed them on
		kept = linesIn(t, must(t, "functions", "logs", "talk", "--json", "--nats", g.url))
		if len(kept) != 3 {
			return fmt.Errorf("%d lines", len(kept))
		}
		return nil
	})
	require.Equal(t, []string{"info", "debug", "error"}, []string{kept[0].Level, kept[1].Level, kept[2].Level})
	require.Equal(t, "said before", kept[0].Text)
	require.Equal(t, "\x1b[31m[redacted KEY]\nsecond line", kept[2].Text)
	require.Equal(t, kept[0].Invocation, kept[2].Invocation)
	require.Regexp(t, "^n[12]$", kept[0].Node)
	require.NotEmpty(t, kept[0].Version)
	require.NotEmpty(t, kept[0].Invocation)
	plain := must(t, "functions", "logs", "talk", "--nats", g.url)
	require.Contains(t, plain, `\x1b[31m[redacted KEY]`)
	require.NotContains(t, plain, "\x1b")
	require.NotContains(t, plain, "another")
	require.Contains(t, must(t, "functions", "logs", "--nats", g.url), "another")
	require.Len(t, linesIn(t, must(t, "functions", "logs", "talk", "-n", "1", "--json", "--nats", g.url)), 1)

	ctx, cancel := context.WithCancel(t.Context())
	var out, errOut logkit.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- execute(ctx, streams{in: strings.NewReader(""), out: &out, err: &errOut}, []string{"functions", "logs", "-f", "talk", "--json", "--nats", g.url})
	}()
	eventually(t, patience, func() error {
		if strings.Count(out.String(), "\n") < 3 {
			return errors.New("what was kept does not come")
		}
		return nil
	})
	const calls = 50
	for i := range calls {
		ask("talk", fmt.Sprint(i))
		ask("other", "")
	}
	eventually(t, patience, func() error {
		if n := strings.Count(out.String(), "\n"); n < 3*(calls+1) {
			return fmt.Errorf("%d lines", n)
		}
		return nil
	})
	cancel()
	require.Zero(t, <-ended, errOut.String())
	seen := map[string]int{}
	for _, l := range linesIn(t, out.String()) {
		require.Equal(t, "talk", l.Function)
		require.NotContains(t, l.Text, "s3same")
		if l.Level == "info" {
			seen[l.Text]++
		}
	}
	require.Len(t, seen, calls+1)
	for text, n := range seen {
		require.Equal(t, 1, n, text)
	}
	_, _, status := cli(t, "functions", "logs", "NOT", "--nats", g.url)
	require.Equal(t, exitUsage, status)
}
