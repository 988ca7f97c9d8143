package webapi_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/webapi/internal/v8test"
)

// printed is what Node printed of each line of testdata/node/cases.txt.
type printed struct {
	Node  string `json:"node"`
	Cases []struct {
		Code   string `json:"code"`
		Prints string `json:"prints"`
	} `json:"cases"`
}

func readPrinted(t *testing.T, text []byte) printed {
	t.Helper()
	var p printed
	require.NoError(t, json.Unmarshal(text, &p))
	require.Greater(t, len(p.Cases), 150)
	return p
}

func TestConsolePrintsWhatNodePrints(t *testing.T) {
	text, err := os.ReadFile("testdata/node/console.json")
	require.NoError(t, err)
	want := readPrinted(t, text)
	lines, err := os.ReadFile("testdata/node/cases.txt")
	require.NoError(t, err)
	require.Len(t, strings.Split(strings.TrimSpace(string(lines)), "\n"), len(want.Cases), "write console.json anew: see console.js beside it")
	for _, c := range want.Cases {
		code, err := json.Marshal(c.Code)
		require.NoError(t, err)
		h := v8test.New(t, newAPI(t, newPages(t)))
		result := h.Run("(async () => { new Function('console', "+string(code)+")(console); return 'ok' })", "case.js")
		require.True(t, result.OK, "%s: %s", c.Code, result.Value)
		var got strings.Builder
		for _, line := range result.Logs {
			_, said, _ := strings.Cut(line, ": ")
			got.WriteString(said + "\n")
		}
		if got.String() != c.Prints {
			t.Errorf("%s\n--- Node %s:\n%s--- Isolane:\n%s", c.Code, want.Node, c.Prints, got.String())
		}
	}
}

// TestNodeStillPrintsThat compares with the Node that is installed, where it is of the version
// that wrote the file.
func TestNodeStillPrintsThat(t *testing.T) {
	text, err := os.ReadFile("testdata/node/console.json")
	require.NoError(t, err)
	want := readPrinted(t, text)
	version, err := exec.CommandContext(t.Context(), "node", "--version").Output()
	major, _, _ := strings.Cut(want.Node, ".")
	if err != nil || !strings.HasPrefix(string(version), "v"+major+".") {
		t.Skipf("Node %s is not installed", major)
	}
	got, err := exec.CommandContext(t.Context(), "node", "testdata/node/console.js").Output()
	require.NoError(t, err)
	require.Equal(t, want.Cases, readPrinted(t, got).Cases)
}
