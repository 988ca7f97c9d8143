package bundle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/bundle"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write makes a folder with files; keys are paths.
func write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for name, contents := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(contents), 0o600))
	}
	return dir
}

// source bundles a TypeScript text.
func source(t testing.TB, text string) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Build(t.Context(), bundle.Options{Name: "hello", Source: &bundle.Source{Contents: text}})
	require.NoError(t, err)
	return b
}

// find returns the place of a text in a script, as V8 counts.
func find(t testing.TB, script, text string) (line, column int) {
	t.Helper()
	require.Equal(t, 1, strings.Count(script, text), "%q in\n%s", text, script)
	at := strings.Index(script, text)
	return 1 + strings.Count(script[:at], "\n"), at - strings.LastIndexByte(script[:at], '\n')
}
