package webapi_test

import (
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
