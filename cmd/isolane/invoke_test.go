package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestInvokeStatus is the table of exit statuses, as far as one node can be brought
// to each.
func TestInvokeStatus(t *testing.T) {
	dir := folder(t,
		"hello.ts", helloTS,
		"throws.ts", "function inner(x: any): number {\n  return x.missing.length\n}\nexport default () => inner({})",
		"spin.js", `export default () => { for (;;); }`, "spin.yaml", `limits: { cpu: 100ms }`,
		"fill.js", `export default () => { const a = []; for (;;) a.push({ x: new Array(1000).fill(1) }) }`, "fill.yaml", `limits: { cpu: 30s }`,
		"sleep.js", `export default () => new Promise((done) => setTimeout(done, 60_000))`,
		"large.js", `export default () => "x".repeat(9 << 20)`,
	)
	n := startNode(t, dir, "--runtimes", "1")
	for name, tc := range map[string]struct {
		args   []string
		status int
		out    string
		err    string
	}{
		"ok":            {[]string{"hello", `{"name":"Ada"}`}, exitOK, "{\"hello\":\"Ada\"}\n", ""},
		"raw":           {[]string{"hello", `{"name":"Ada"}`, "--raw"}, exitOK, `{"hello":"Ada"}`, ""},
		"bad request":   {[]string{"hello", "-H", "Isolane-Timeout=soon"}, exitBadRequest, "", "bad-request:"},
		"not found":     {[]string{"nobody"}, exitNotFound, "", "not-found:"},
		"timeout":       {[]string{"sleep", "--timeout", "200ms"}, exitTimeout, "", "timeout:"},
		"too large":     {[]string{"large"}, exitTooLarge, "", "too-large:"},
		"exception":     {[]string{"throws"}, exitException, "", "throws.ts:2:"},
		"cpu":           {[]string{"spin"}, exitExceededCPU, "", "exceeded-cpu:"},
		"memory":        {[]string{"fill"}, exitExceededMemory, "", "exceeded-memory:"},
		"no node":       {[]string{"hello", "--nats", natsServer(t)}, exitNoNode, "", "isolane run"},
		"no connection": {[]string{"hello", "--nats", "nats://127.0.0.1:1"}, exitNoConnection, "", "127.0.0.1:1"},
		"no name":       {[]string{}, exitUsage, "", "isolane --help"},
		"bad name":      {[]string{"Hello World"}, exitUsage, "", "invalid name"},
		"bad header":    {[]string{"hello", "-H", "x"}, exitUsage, "", "NAME=VALUE"},
		"bad subject":   {[]string{"hello", "--subject", "a b"}, exitUsage, "", "white space"},
		"no file":       {[]string{"hello", "@/nowhere"}, exitUsage, "", "/nowhere"},
		"bad URL":       {[]string{"hello", "--nats", "http://h"}, exitUsage, "", "--nats: nats.url"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errOut, status := cliWith(t, "", []string{"NATS_URL=" + n.url}, append([]string{"invoke"}, tc.args...)...)
			require.Equal(t, tc.status, status, errOut)
			require.Equal(t, tc.out, out)
			require.Contains(t, errOut, tc.err)
		})
	}
	// After all that the node still serves.
	_, errOut, status := cli(t, "invoke", "hello", `{"name":"Ada"}`, "--nats", n.url)
	require.Zero(t, status, errOut)
}

func TestInvokePayloads(t *testing.T) {
	const echo = `export default (msg) => new Response(msg.bytes(), { headers: { "X-Subject": msg.subject, "X-Case": msg.headers.get("x-case") ?? "" } })`
	n := startNode(t, folder(t, "echo.js", echo), "--runtimes", "1")
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	file := filepath.Join(t.TempDir(), "all")
	require.NoError(t, os.WriteFile(file, all, 0o600))

	out, errOut, status := cli(t, "invoke", "echo", "@"+file, "--raw", "--nats", n.url)
	require.Zero(t, status, errOut)
	require.Equal(t, string(all), out)

	out, errOut, status = cliWith(t, "from stdin\n", nil, "invoke", "echo", "-", "--nats", n.url)
	require.Zero(t, status, errOut)
	require.Equal(t, "from stdin\n", out)

	out, errOut, status = cli(t, "invoke", "echo", "", "--nats", n.url)
	require.Zero(t, status, errOut)
	require.Empty(t, out)

	out, errOut, status = cli(t, "invoke", "echo", "@"+file, "--json", "--subject", "eu.berlin", "-H", "x-case=1", "--nats", n.url)
	require.Zero(t, status, errOut)
	var reply struct {
		Outcome, Body, Encoding string
		Code                    int
		Headers                 map[string][]string
		Times                   struct{ Total float64 }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &reply))
	require.Equal(t, "ok", reply.Outcome)
	require.Equal(t, 200, reply.Code)
	require.Equal(t, "base64", reply.Encoding)
	require.Positive(t, reply.Times.Total)
	headers := function.Header{}
	for name, values := range reply.Headers {
		headers[http1(name)] = values
	}
	require.Equal(t, "fn.echo.eu.berlin", headers.Get("x-subject"))
	require.Equal(t, "1", headers.Get("x-case"))

	out, _, status = cli(t, "invoke", "nobody", "--json", "--nats", n.url)
	require.Equal(t, exitNotFound, status)
	require.NoError(t, json.Unmarshal([]byte(out), &reply))
	require.Equal(t, "not-found", reply.Outcome)
	require.Equal(t, 404, reply.Code)
}
