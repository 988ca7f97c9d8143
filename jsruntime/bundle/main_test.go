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
func write(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir, err := filepath.EvalSymlinks(tb.TempDir())
	require.NoError(tb, err)
	for name, contents := range files {
		path := filepath.Join(dir, name)
		require.NoError(tb, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(tb, os.WriteFile(path, []byte(contents), 0o600))
	}
	return dir
}

// source bundles a TypeScript text.
func source(tb testing.TB, text string) *bundle.Bundle {
	tb.Helper()
	b, err := bundle.Build(tb.Context(), bundle.Options{Name: "hello", Source: &bundle.Source{Contents: text}})
	require.NoError(tb, err)
	return b
}

// find returns the place of a text in a script, as V8 counts.
func find(tb testing.TB, script, text string) (line, column int) {
	tb.Helper()
	require.Equal(tb, 1, strings.Count(script, text), "%q in\n%s", text, script)
	at := strings.Index(script, text)
	return 1 + strings.Count(script[:at], "\n"), at - strings.LastIndexByte(script[:at], '\n')
}
