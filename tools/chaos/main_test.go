package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/internal/chaos"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestListNamesEachScenario(t *testing.T) {
	var out, errOut bytes.Buffer
	require.NoError(t, command(t.Context(), []string{"-list"}, &out, &errOut))
	for _, s := range chaos.Scenarios() {
		require.Regexp(t, `(?m)^`+s.Name+` +.*, \d+ members$`, out.String())
	}
	out.Reset()
	require.NoError(t, command(t.Context(), []string{"-list", "-only", "freeze"}, &out, &errOut))
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	var out bytes.Buffer
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no such scenario": {[]string{"-only", "earthquake"}, "no scenario is named earthquake: see -list"},
		"no binary":        {[]string{"-isolane", "/nowhere"}, "-isolane /nowhere is no program: run make build"},
		"no such flag":     {[]string{"-earthquake"}, "flag provided but not defined"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, command(t.Context(), test.args, &out, &out), test.want)
		})
	}
}

func TestThePageHoldsTheTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	results := []chaos.Result{{Scenario: "quake", Nodes: 3, NotRun: "the earth is still"}}
	require.NoError(t, writePage(context.Background(), file, chaos.Config{Seed: 7, Rate: 100}, results))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "seed 7, 100 calls a second")
	require.Contains(t, string(text), "| quake ")
	require.NotContains(t, string(text), "{{")
}
