package webapi_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/webapi"
)

func TestScriptIsASCIIAndStable(t *testing.T) {
	script := webapi.Script()
	for i := range len(script) {
		// One character outside Latin-1 would double its size in every isolate.
		require.Less(t, script[i], byte(0x80), "at %d: %s", i, script[max(0, i-40):i])
	}
	require.Equal(t, script, webapi.Script())
	require.True(t, strings.HasPrefix(script, "(function (host, global) {"))
	require.Zero(t, strings.Count(script, "`")%2)
	for line := range strings.Lines(script) {
		require.Zerof(t, strings.Count(line, "`")%2, "a template literal spans lines, and lines are trimmed: %s", line)
	}
}

// TestNamesAreDeclaredOnce: the files share one closure, where a second function of the
// same name silently replaces the first.
func TestNamesAreDeclaredOnce(t *testing.T) {
	files, err := filepath.Glob("js/*.js")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	declared := regexp.MustCompile(`(?m)^(?:async )?(?:function|const|let|class) (\w+)`)
	where := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, found := range declared.FindAllStringSubmatch(string(source), -1) {
			require.Empty(t, where[found[1]], "%s is declared in %s too", found[1], file)
			where[found[1]] = file
		}
	}
	require.NotEmpty(t, where["replyParts"])
}
