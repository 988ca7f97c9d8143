package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/experiments/loadgen"
)

func TestBench(t *testing.T) {
	dir := folder(t, "hello.ts", helloTS, "throws.js", `export default () => { throw new Error("no") }`)
	n := startNode(t, dir, "--runtimes", "1")
	file := filepath.Join(t.TempDir(), "run.json")
	run := []string{
		"bench", `hello:3={"name":"Ada"}`, "throws", "--rate", "200..400/200", "--duration", "300ms",
		"--warmup", "100ms", "--slice", "20ms", "--arrivals", "even", "--out", file, "--label", "first", "--nats", n.url,
	}
	out, errOut, status := cli(t, run...)
	require.Zero(t, status, errOut)
	require.Contains(t, out, "200/s")
	require.Contains(t, out, "step 2: exception ")

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var result loadgen.Result
	require.NoError(t, json.Unmarshal(text, &result))
	require.Equal(t, "first", result.Label)
	require.Len(t, result.Steps, 2)
	for i, want := range []uint64{60, 120} {
		ends := result.Steps[i].Ends
		require.Equal(t, want, ends["ok"]+ends["exception"], "%v", ends)
		require.Greater(t, ends["ok"], ends["exception"])
	}

	out, errOut, status = cli(t, "bench", "compare", file, file)
	require.Zero(t, status, errOut)
	require.Contains(t, out, "1.000")
	out, _, status = cli(t, "bench", "compare", file, file, "--json")
	require.Zero(t, status)
	var c loadgen.Comparison
	require.NoError(t, json.Unmarshal([]byte(out), &c))
	require.Len(t, c.Differences, 6)
}

func TestBenchUsage(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.json")
	require.NoError(t, os.WriteFile(none, []byte("{}"), 0o600))
	for name, tc := range map[string]struct {
		args   []string
		status int
		err    string
	}{
		"no target":     {[]string{}, exitUsage, "requires at least 1 arg"},
		"no loop":       {[]string{"hello"}, exitUsage, "--rate (an open loop) or --callers"},
		"both loops":    {[]string{"hello", "--rate", "1", "--callers", "1"}, exitUsage, "one of them"},
		"rate":          {[]string{"hello", "--rate", "fast"}, exitUsage, "100..1000/100"},
		"name":          {[]string{"Hello", "--rate", "1"}, exitUsage, "--subjects takes subjects"},
		"weight":        {[]string{"hello:x", "--rate", "1"}, exitUsage, "NAME:WEIGHT=PAYLOAD"},
		"two payloads":  {[]string{"hello=x", "--size", "64", "--rate", "1"}, exitUsage, "--size is for those that have none"},
		"size":          {[]string{"hello", "--size", "much", "--rate", "1"}, exitUsage, "--size"},
		"file":          {[]string{"hello=@/nowhere", "--rate", "1"}, exitUsage, "/nowhere"},
		"duration":      {[]string{"hello", "--rate", "1", "--duration", "0s"}, exitUsage, "a duration of 0s"},
		"no connection": {[]string{"hello", "--rate", "1", "--nats", "nats://127.0.0.1:1"}, exitNoConnection, "127.0.0.1:1"},
		"no result":     {[]string{"compare", none, none}, exitFailure, "not a result"},
		"no such file":  {[]string{"compare", "/nowhere", none}, exitUsage, "/nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			_, errOut, status := cli(t, append([]string{"bench"}, tc.args...)...)
			require.Equal(t, tc.status, status, errOut)
			require.Contains(t, errOut, tc.err)
		})
	}
}
