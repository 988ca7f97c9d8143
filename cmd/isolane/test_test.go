package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/functest"
)

// TestInitAndTest: a function from init to its tests, that pass and then fail.
func TestInitAndTest(t *testing.T) {
	dir := t.TempDir()
	out, errOut, status := cli(t, "init", "greet", "--dir", dir, "--json")
	require.Zero(t, status, errOut)
	var made struct{ Files []string }
	require.NoError(t, json.Unmarshal([]byte(out), &made))
	require.Len(t, made.Files, 5)
	_, errOut, status = cli(t, "init", "greet", "--dir", dir)
	require.Equal(t, exitFailure, status)
	require.Contains(t, errOut, "is there already")

	out, errOut, status = cli(t, "test", dir, "--verbose")
	require.Zero(t, status, out+errOut)
	require.Contains(t, out, "greet > answers over NATS")
	require.Contains(t, out, "3 passed, 0 failed, 0 skipped, in 1 files\n")
	require.Contains(t, errOut, "greet-test | greeting Ada\n")

	write(t, filepath.Join(dir, "wrong.test.ts"), "import { expect, it } from \"isolane/test\";\nit(\"adds\", () => { expect(1 + 1).toBe(3); });\n")
	out, errOut, status = cli(t, "test", dir)
	require.Equal(t, exitFailure, status)
	require.Contains(t, out, "FAIL "+filepath.Join(dir, "wrong.test.ts"))
	require.Contains(t, out, "expected 2 to be 3")
	require.Contains(t, out, "at wrong.test.ts:2:")
	require.NotContains(t, errOut, "error:", "all has been said")
	out, _, status = cli(t, "test", "--json", filepath.Join(dir, "wrong.test.ts"))
	require.Equal(t, exitFailure, status)
	var files []functest.File
	require.NoError(t, json.Unmarshal([]byte(out), &files))
	require.Equal(t, functest.Failed, files[0].Tests[0].State)
}

func TestInitAndTestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"init", "Greet"}, {"init", "a", "--lang", "coffee"}, {"init"}, {"test", t.TempDir()}, {"test", "--name", "("}, {"test", "--timeout", "0"},
	} {
		_, errOut, status := cli(t, args...)
		require.Equal(t, exitUsage, status, "%v: %s", args, errOut)
	}
	_, errOut, status := cli(t, "test", filepath.Join(t.TempDir(), "none"))
	require.Equal(t, exitFailure, status)
	require.Contains(t, errOut, "no such file")
}
