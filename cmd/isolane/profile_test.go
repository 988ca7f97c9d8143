package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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

// TestPageOfTheCluster: the page of one node has what all of them serve and print.
func TestPageOfTheCluster(t *testing.T) {
	g := startGroup(t, 2, []string{"hello.js", `export default (m) => { console.log("said " + m.text()); return m.text() }`})
	conn := g.nodes["n1"].connect()
	for i := range 40 {
		_, err := conn.Request("fn.hello", []byte(fmt.Sprint("m", i)), patience)
		require.NoError(t, err)
	}
	fetch := func(path string) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.nodes["n2"].http+path, nil)
		require.NoError(t, err)
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		var b strings.Builder
		_, err = io.Copy(&b, res.Body)
		require.NoError(t, err)
		return b.String()
	}
	eventually(t, patience, func() error {
		list, own := fetch("/functions"), fetch("/functions/hello")
		for _, want := range []string{"as 2 nodes tell", `<td class="number">40</td>`} {
			if !strings.Contains(list, want) {
				return fmt.Errorf("%s is not in %s", want, list)
			}
		}
		for _, want := range []string{`<th scope="row">n1</th>`, `<th scope="row">n2</th>`} {
			if !strings.Contains(own, want) {
				return fmt.Errorf("%s is not in %s", want, own)
			}
		}
		if said := strings.Count(own, "said m"); said != 40 {
			return fmt.Errorf("%d lines of 40: %s", said, own)
		}
		return nil
	})
}
