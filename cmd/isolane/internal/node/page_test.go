package node

import (
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// The page of a real node: a message is sent from it, what the function prints comes with the
// reply, and the stack of what it throws leads to its source. Secrets are taken out.
func TestPage(t *testing.T) {
	n, _ := serve(t, map[string]string{
		"hello.ts": `export default function (msg: any) {
	console.log("printed <b>", msg.text());
	if (msg.text() === "bad") throw new Error("no <i> sesame-sesame");
	return "got " + msg.text();
}`,
	}, func(c *config.Config) {
		c.HTTP.Listen = "127.0.0.1:0"
		c.Env = map[string]string{"KEY": "sesame-sesame"}
	})
	at := n.Ready().HTTP
	send := func(message string) string {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		res, err := client.PostForm(at+"/functions/hello/send", url.Values{"message": {message}})
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return string(body)
	}
	body := send("hi")
	require.Contains(t, body, "got hi")
	require.Contains(t, body, "printed &lt;b&gt; hi")
	require.Contains(t, send("bad"), "no &lt;i&gt;")
	_, body = fetched(t, at+"/functions/hello", "")
	require.Contains(t, body, `href="/functions/hello/source?file=hello.ts#L3"`)
	require.Contains(t, body, "no &lt;i&gt; [redacted KEY]")
	require.NotContains(t, body, "sesame")
	code, body := fetched(t, at+"/functions/hello/source?file=hello.ts", "")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `<li id="L3">`)
	for _, path := range []string{"/", "/functions", "/nats", "/reports"} {
		code, _ = fetched(t, at+path, "")
		require.Equal(t, http.StatusOK, code, path)
	}
}
