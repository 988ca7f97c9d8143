package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTypes(t *testing.T) {
	dir := t.TempDir()
	out, errOut, status := cli(t, "types", dir)
	require.Zero(t, status, errOut)
	require.Equal(t, filepath.Join(dir, "isolane.d.ts")+"\n", out)
	text, err := os.ReadFile(filepath.Join(dir, "isolane.d.ts"))
	require.NoError(t, err)
	require.Contains(t, string(text), `declare module "isolane"`)
	shown, _, status := cli(t, "types", "--stdout")
	require.Zero(t, status)
	require.Equal(t, string(text), shown)
	out, _, status = cli(t, "types", dir, "--json")
	require.Zero(t, status)
	var said struct{ File string }
	require.NoError(t, json.Unmarshal([]byte(out), &said))
	require.Equal(t, filepath.Join(dir, "isolane.d.ts"), said.File)
	_, errOut, status = cli(t, "types", filepath.Join(dir, "none"))
	require.Equal(t, exitFailure, status)
	require.Contains(t, errOut, "none")
}
