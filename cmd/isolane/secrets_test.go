package main

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSecretsStayOutOfTheLog: what a function prints or throws of its variables, and
// what the node says to NATS of who it is, shows neither in the log nor in the ready
// line.
func TestSecretsStayOutOfTheLog(t *testing.T) {
	const key = "s3same-open-key" // the variable
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			url := strings.Replace(natsServer(t), "nats://", "nats://ada:s3same-password@", 1)
			dir := folder(t, "leak.js", `export default (msg, ctx) => {
					console.log("the key is", ctx.env.KEY, { key: ctx.env.KEY }, "x".repeat(8160) + ctx.env.KEY);
					console.error(new Error(ctx.env.KEY));
					Promise.reject(new Error("lost " + ctx.env.KEY));
					Promise.reject("y".repeat(8170) + ctx.env.KEY);
					throw new Error("no such key: " + ctx.env.KEY);
				}`, "leak.yaml", "permissions: { env: [KEY] }",
				"fetch.js", `export default async () => { await fetch("http://127.0.0.1:1/path?token=t0ken") }`,
				"fetch.yaml", `permissions: { net: ["127.0.0.1:1"] }`)
			write(t, filepath.Join(dir, "isolane.yaml"), "env: { KEY: "+key+", OTHER: not-granted }")
			n := start(t, "--functions", dir, "--config", filepath.Join(dir, "isolane.yaml"), "--nats", url, "--log-format", format).awaitReady()
			require.NotContains(t, n.ready, "@")
			require.NotContains(t, n.ready, "ada")
			conn := n.connect()
			// Without a reply subject, errors go to the log.
			require.NoError(t, conn.Publish("fn.leak", nil))
			require.NoError(t, conn.Publish("fn.fetch", nil))
			eventually(t, patience, func() error {
				if strings.Count(n.log.String(), "without a reply subject failed") < 2 {
					return errors.New("the log does not tell of both failures")
				}
				return nil
			})
			// A message's sender may see what the function says.
			reply, err := conn.Request("fn.leak", nil, patience)
			require.NoError(t, err)
			require.Contains(t, reply.Header.Get("Nats-Service-Error"), key)

			log := n.log.String()
			require.NotContains(t, log, "s3same")
			require.NotContains(t, log, "t0ken")
			require.Contains(t, log, "the key is [redacted KEY]")
			require.Contains(t, log, "no such key: [redacted KEY]")
			require.Contains(t, log, "Unhandled rejection: Error: lost [redacted KEY]")
			require.Contains(t, log, "127.0.0.1:1/path?")
			if format == "json" {
				for line := range strings.Lines(log) {
					require.True(t, json.Valid([]byte(line)), line)
				}
			}
		})
	}
}

// TestConfigHidesSecrets: neither config nor its complaints show a secret.
func TestConfigHidesSecrets(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"config", "--nats", "nats://h", "--nats-user", "ada", "--nats-password", "s3same"},
		{"config", "--nats", "nats://h", "--nats-token", "s3same"},
		{"config", "--nats", "nats://s3same@h,nats://ada:s3s@same:s3same@g"},
		{"config", "--json", "--nats", "nats://ada:s3same@h"},
		{"config", "--nats", "http://ada:s3same@h"},
		{"config", "--nats", "nats://s3same@h", "--nats-token", "s3same"},
		{"config", "--nats-token", "s3same"},
		{"functions", "ls", "--nats", "nats://s3same@127.0.0.1:1"},
		{"invoke", "hello", "--nats", "nats://ada:s3same@127.0.0.1:1"},
	} {
		out, errOut, _ := cliWith(t, "", []string{"ISOLANE_ENV_KEY=s3same"}, args...)
		require.NotContains(t, out+errOut, "s3same", args)
		require.NotEmpty(t, out+errOut)
	}
	url := strings.Replace(natsServer(t), "nats://", "nats://s3same@", 1)
	for _, args := range [][]string{{"functions", "ls", "--nats", url}, {"invoke", "hello", "--nats", url}} {
		out, errOut, status := cli(t, args...)
		require.Equal(t, exitNoNode, status)
		require.NotContains(t, out+errOut, "s3same", args)
	}
}
