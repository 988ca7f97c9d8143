package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/natskit"
)

// natsTool is NATS's own tool, with which docs/operations.md backs up and restores.
func natsTool(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("nats")
	if err != nil {
		t.Skip("no nats here: go install github.com/nats-io/natscli/nats@v0.3.0 brings it")
	}
	return filepath.Dir(path)
}

// typed are the commands of the section of docs/operations.md about backup.
func typed(t *testing.T) (backup, restore string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n## Backup and restore\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(section, -1)
	require.Len(t, blocks, 2, "one block backs up, and one restores")
	prompt := regexp.MustCompile(`(?m)^[$>] `)
	return prompt.ReplaceAllString(blocks[0][1], ""), prompt.ReplaceAllString(blocks[1][1], "")
}

// TestBackupAndRestore types what docs/operations.md says into a shell: what is deployed, a keyed
// function's states and the stream that it reads, dead letters and messages for later are backed
// up from a server that nodes use, the server and its data are lost, and another one has it all.
func TestBackupAndRestore(t *testing.T) {
	path := natsTool(t)
	backup, restore := typed(t)
	dir := t.TempDir()
	shell := func(url, commands string) string {
		cmd := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", commands) //nolint:gosec // the documentation's
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "NATS_URL="+url, "PATH="+path+":"+os.Getenv("PATH"), "HOME="+dir)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s\n%s", commands, out)
		return string(out)
	}

	first := startNATS(t)
	node := start(t, "--functions", "", "--nats", first.url, "--name", "n1").awaitReady()
	conn := natskit.Connect(t, first.url)
	js := natskit.JetStream(t, conn)
	for name, subject := range map[string]string{"ORDERS": "orders.>", "BAD": "bad.>", "LATER": "later.>"} {
		_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}})
		require.NoError(t, err)
	}
	functions := folder(t,
		"count.ts", `export default class {
	async message(msg, ctx) {
		const n = ((await ctx.state.get()) ?? 0) + 1;
		await ctx.state.put(n);
		await ctx.nats.publish("later.counted", String(n));
	}
}`,
		"count.yaml", "key: \"orders.{id}.>\"\nstream: ORDERS\npermissions: { nats: { publish: [\"later.>\"] } }\n",
		"hello.ts", `export default async (msg, ctx) => {
	await ctx.nats.publish("later.hello", msg.text(), { delay: 3600_000 });
	return "hello " + ctx.env.WHO;
}`,
		"hello.yaml", "permissions: { nats: { publish: [\"later.>\"] } }\nenv: { WHO: world }\n",
		"bad.ts", `export default (msg) => { msg.reject("no"); }`,
		"bad.yaml", "stream: BAD\n")
	must(t, "deploy", functions, "--nats", first.url, "--wait")
	says(t, conn, "hello", "hello world")
	counted := func(js jetstream.JetStream, subject, want string) {
		t.Helper()
		_, err := js.Publish(t.Context(), subject, []byte("x"))
		require.NoError(t, err)
		later, err := js.Stream(t.Context(), "LATER")
		require.NoError(t, err)
		eventually(t, patience, func() error {
			msg, err := later.GetLastMsgForSubject(t.Context(), "later.counted")
			if err == nil && string(msg.Data) != want {
				err = fmt.Errorf("the last count is %s", msg.Data)
			}
			return err
		})
	}
	counted(js, "orders.7.x", "1")
	counted(js, "orders.7.x", "2")
	_, err := js.Publish(t.Context(), "bad.x", []byte("y"))
	require.NoError(t, err)
	held := func(js jetstream.JetStream, stream string) uint64 {
		t.Helper()
		s, err := js.Stream(t.Context(), stream)
		require.NoError(t, err, stream)
		info, err := s.Info(t.Context())
		require.NoError(t, err)
		return info.State.Msgs
	}
	eventually(t, patience, func() error {
		if _, err := js.Stream(t.Context(), "ISOLANE_DLQ"); err != nil {
			return err
		}
		return nil
	})
	eventually(t, patience, func() error {
		if n := held(js, "ISOLANE_DLQ"); n != 1 {
			return fmt.Errorf("%d dead letters", n)
		}
		return nil
	})
	before := map[string]uint64{}
	for _, stream := range []string{"ISOLANE_DLQ", "ISOLANE_DELAYED", "ORDERS", "BAD", "LATER", "KV_isolane-state-count"} {
		before[stream] = held(js, stream)
	}
	require.Positive(t, before["ISOLANE_DELAYED"])

	shell(first.url, backup)
	conn.Close()
	node.signal(syscall.SIGKILL)
	node.await()
	first.kill() // and nobody reads its data again

	second := startNATS(t)
	shell(second.url, restore)
	conn = natskit.Connect(t, second.url)
	js = natskit.JetStream(t, conn)
	for stream, n := range before {
		require.Equal(t, n, held(js, stream), stream)
	}
	start(t, "--functions", "", "--nats", second.url, "--name", "n1").awaitReady()
	says(t, conn, "hello", "hello world")
	counted(js, "orders.7.x", "3") // its state and its place in the stream are those of before
	letters := must(t, "dlq", "ls", "--nats", second.url)
	require.Contains(t, letters, "bad.x")
	require.EqualValues(t, 1, held(js, "ISOLANE_DLQ"), "nothing is delivered again that was settled")
	_, err = conn.Request("fn.hello", []byte("again"), patience)
	require.NoError(t, err)
	require.Equal(t, nats.CONNECTED, conn.Status())
}
