package metrics

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository is its root.
const repository = "../../../.."

// sources are the texts of the Go files of the bridge and the nodes, and the names of the tests
// among them.
func sources(t *testing.T) (text string, tests map[string]bool) {
	t.Helper()
	var all strings.Builder
	tests = map[string]bool{}
	named := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, dir := range []string{"bridge", "cmd"} {
		err := filepath.WalkDir(filepath.Join(repository, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
				return err
			}
			file, err := os.ReadFile(path) //nolint:gosec // of this repository
			if err != nil {
				return err
			}
			if !strings.HasSuffix(path, "_test.go") {
				all.Write(file)
				return nil
			}
			for _, match := range named.FindAllSubmatch(file, -1) {
				tests[string(match[1])] = true
			}
			return nil
		})
		require.NoError(t, err)
	}
	return all.String(), tests
}

// The table of what is seen of NATS's faults has, for each, words that are in the code, metrics
// that are shown, and tests that are there.
func TestFaultsAreDocumentedAsTheyAre(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs/operations.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "\n## When NATS fails\n")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n## ")
	code, tests := sources(t)
	quoted, ticked := regexp.MustCompile(`"([^"]+)"`), regexp.MustCompile("`([^`]+)`")
	rows := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 5 || cells[0] == "| fault" || strings.HasPrefix(cells[0], "| ---") {
			continue
		}
		rows++
		says, metric, test := cells[2], cells[3], cells[4]
		words := quoted.FindAllStringSubmatch(says, -1)
		if says != "told" && says != "of the others: nothing" {
			require.NotEmpty(t, words, line)
		}
		for _, w := range words {
			require.Contains(t, code, w[1], "no line of the log, in %s", line)
		}
		names := ticked.FindAllStringSubmatch(metric, -1)
		require.NotEmpty(t, names, line)
		for _, n := range names {
			require.True(t, slices.Contains(Names(), n[1]), "no metric: %s", n[1])
		}
		names = ticked.FindAllStringSubmatch(test, -1)
		require.NotEmpty(t, names, line)
		for _, n := range names {
			if strings.HasPrefix(n[1], "Test") {
				require.True(t, tests[n[1]], "no test: %s", n[1])
			}
		}
	}
	require.Greater(t, rows, 25)
}
