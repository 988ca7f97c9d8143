package scaffold_test

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/functest"
	"github.com/isolane/isolane/cmd/isolane/internal/scaffold"
	"github.com/isolane/isolane/cmd/isolane/internal/types"
	"github.com/isolane/isolane/jsruntime/function"
)

// TestWrite: what is written runs, its test passes, and tsc has nothing against it.
func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "functions")
	files, err := scaffold.Write(scaffold.Options{Name: "greet", Dir: dir, Version: "1"})
	require.NoError(t, err)
	require.ElementsMatch(t, []string{
		filepath.Join(dir, "greet.ts"), filepath.Join(dir, "greet.yaml"), filepath.Join(dir, "greet.test.ts"),
		filepath.Join(dir, "isolane.d.ts"), filepath.Join(dir, "tsconfig.json"),
	}, files)
	files, err = scaffold.Write(scaffold.Options{Name: "plain", Dir: dir, JavaScript: true, Version: "2"})
	require.NoError(t, err)
	require.Len(t, files, 3, "the declarations are there already")
	text, err := os.ReadFile(filepath.Join(dir, "plain.js"))
	require.NoError(t, err)
	require.NotContains(t, string(text), "NAME")

	places, err := functest.Find([]string{dir})
	require.NoError(t, err)
	require.Len(t, places, 2)
	cfg := functest.Config{Places: places, Logger: slog.New(slog.DiscardHandler)}
	require.NoError(t, functest.Run(t.Context(), cfg, func(f functest.File) {
		require.False(t, f.Failed(), "%+v", f)
		require.Equal(t, 3, f.Count(functest.Passed))
	}))

	const tsc = "../types/npm/node_modules/typescript/bin/tsc"
	if _, err := os.Stat(tsc); err != nil {
		t.Log("TypeScript is not installed, and does not check what was written: npm ci --prefix cmd/isolane/internal/types/npm")
		return
	}
	out, err := exec.CommandContext(t.Context(), "node", tsc, "-p", dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestNothingIsOverwritten: whatever is of that name, nothing is written.
func TestNothingIsOverwritten(t *testing.T) {
	for _, name := range []string{"greet.ts", "greet.js", "greet.yaml", "greet.test.ts", "greet.tsx", "greet"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o600))
			_, err := scaffold.Write(scaffold.Options{Name: "greet", Dir: dir})
			require.ErrorIs(t, err, scaffold.ErrExists)
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, entries, 1)
			text, err := os.ReadFile(filepath.Join(dir, name))
			require.NoError(t, err)
			require.Equal(t, "mine", string(text))
		})
	}
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tsconfig.json"), []byte("{}"), 0o600))
	files, err := scaffold.Write(scaffold.Options{Name: "greet", Dir: dir})
	require.NoError(t, err)
	require.Len(t, files, 4)
	text, err := os.ReadFile(filepath.Join(dir, "tsconfig.json"))
	require.NoError(t, err)
	require.Equal(t, "{}", string(text), "the user's own stays")
}

func TestBadNames(t *testing.T) {
	for _, name := range []string{"", "../a", "A", "a b", "a.b"} {
		_, err := scaffold.Write(scaffold.Options{Name: name, Dir: t.TempDir()})
		require.ErrorIs(t, err, function.ErrInvalidName, name)
	}
	require.Contains(t, types.TSConfig, `"strict": true`)
}
