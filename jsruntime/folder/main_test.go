package folder_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// write makes files in a new folder; keys are paths.
func write(tb testing.TB, files map[string]string) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, contents := range files {
		put(tb, filepath.Join(dir, name), contents)
	}
	return dir
}

// put writes a file, and the folders above it.
func put(tb testing.TB, path, contents string) {
	tb.Helper()
	require.NoError(tb, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(tb, os.WriteFile(path, []byte(contents), 0o600))
}

// returns is a function that returns a text.
func returns(text string) string { return "export default () => '" + text + "';\n" }
