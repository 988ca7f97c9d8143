package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/internal/natskit"
)

// body is what a page of a node has.
func body(tb testing.TB, url string) string {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, url, nil)
	require.NoError(tb, err)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}).Do(req)
	require.NoError(tb, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(tb, err)
	require.Equal(tb, http.StatusOK, res.StatusCode, "%s", text)
	return string(text)
}

// TestPageOfTheCluster: the page of one node has what all of them serve and print.
func TestPageOfTheCluster(t *testing.T) {
	g := startGroup(t, 2, []string{"hello.js", `export default (m) => { console.log("said " + m.text()); return m.text() }`})
	conn := g.nodes["n1"].connect()
	for i := range 40 {
		_, err := conn.Request("fn.hello", []byte(fmt.Sprint("m", i)), patience)
		require.NoError(t, err)
	}
	eventually(t, patience, func() error {
		list, own := body(t, g.nodes["n2"].http+"/functions"), body(t, g.nodes["n2"].http+"/functions/hello")
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

// TestRecentOfTheCluster: the durations and the last errors of a function are those of all members,
// on the page of each; and a member that does not answer any more is named.
func TestRecentOfTheCluster(t *testing.T) {
	g := startGroup(t, 3, []string{"hello.ts", `export default (msg, ctx) => {
	if (msg.text() === "bad") throw new Error("of this member");
	return "ok";
}`})
	conn := natskit.Connect(t, g.url)
	failed := map[string]bool{} // the nodes whose function threw
	eventually(t, patience, func() error {
		reply, err := conn.Request("fn.hello", []byte("bad"), patience)
		require.NoError(t, err)
		if outcome := reply.Header.Get("Isolane-Outcome"); outcome != "exception" {
			return fmt.Errorf("%s: %s: %s", nodeIn(t, reply), outcome, reply.Data)
		}
		failed[nodeIn(t, reply)] = true
		if len(failed) < 3 {
			return fmt.Errorf("it threw on %v alone", failed)
		}
		return nil
	})
	for name, p := range g.nodes {
		eventually(t, patience, func() error {
			page := body(t, p.http+"/functions/hello")
			if !strings.Contains(page, "Durations on all nodes") || !strings.Contains(page, "class=\"heat\"") {
				return fmt.Errorf("no heat map on %s", name)
			}
			_, list, _ := strings.Cut(page, `id="errors"`)
			list, _, _ = strings.Cut(list, `id="logs"`)
			if strings.Count(list, "of this member") == 0 || strings.Contains(list, "no answer") {
				return fmt.Errorf("the errors on %s: %s", name, list)
			}
			summary, _, _ := strings.Cut(list, "</summary>")
			for other := range g.nodes {
				if !strings.Contains(summary, other) {
					return fmt.Errorf("%s does not name %s: %s", name, other, list)
				}
			}
			return nil
		})
	}
	g.nodes["n3"].signal(syscall.SIGSTOP)
	t.Cleanup(func() { g.nodes["n3"].signal(syscall.SIGCONT) })
	eventually(t, patience, func() error {
		if page := body(t, g.nodes["n1"].http+"/functions/hello"); !strings.Contains(page, "Without n3: no answer over NATS.") {
			return fmt.Errorf("n3 is not named in %s", page)
		}
		return nil
	})
}

// nodeIn is the node that a reply's receipt names.
func nodeIn(tb testing.TB, reply *nats.Msg) string {
	tb.Helper()
	used, _, err := receipt.Parse(reply.Header.Get(receipt.Header))
	require.NoError(tb, err)
	return used.Node
}
