package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/experiments/catalog"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig/quota"
)

// TestQuick runs every experiment as small as it goes, with real processes, and checks that
// the machinery holds: everything is measured, drawn and reported. It looks at no number.
func TestQuick(t *testing.T) {
	out := t.TempDir()
	environ := append(os.Environ(), asCommand+"=1")
	held := true
	if g, err := quota.New("test", 0.5); err != nil {
		held = false // nodes cannot be held here, and multi-node says so
	} else {
		require.NoError(t, g.Remove())
	}
	for _, e := range catalog.Experiments() {
		if e.Name == "multi-node" && !held {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			std := streams{in: strings.NewReader(""), out: &stdout, err: &stderr, environ: environ}
			status := execute(t.Context(), std, []string{"experiment", e.Name, "--scale", "smoke", "--out", out, "--json"})
			require.Zero(t, status, stderr.String())
			var verdicts []verdict
			require.NoError(t, json.Unmarshal(stdout.Bytes(), &verdicts))
			header, list, err := record.ReadFile(filepath.Join(out, e.Name, lab.DataFile))
			require.NoError(t, err)
			require.Len(t, list, len(header.Points))
			for _, m := range list {
				require.Empty(t, m.Error)
				require.NotEmpty(t, m.Metrics, m.Point)
			}
			require.FileExists(t, filepath.Join(out, e.Name, lab.PageFile))
		})
	}
	stdout, stderr, status := cli(t, "report", out)
	require.Zero(t, status, stderr)
	require.Equal(t, filepath.Join(out, lab.ReportHTML), strings.TrimSpace(stdout))
	require.FileExists(t, filepath.Join(out, lab.ReportHTML))
}

func TestExperimentArguments(t *testing.T) {
	for _, args := range [][]string{
		{"experiment"},
		{"experiment", "nothing"},
		{"experiment", "all", "io"},
		{"experiment", "io", "--scale", "huge"},
		{"experiment", "io", "--rogchap", "/nowhere/isolane", "--scale", "smoke"},
		{"report"},
		{"report", t.TempDir()},
		{"experiment", "part", "nothing"},
	} {
		_, stderr, status := cli(t, args...)
		require.Equal(t, exitUsage, status, "%v: %s", args, stderr)
	}
	stdout, _, status := cli(t, "experiment", "ls", "--json")
	require.Zero(t, status)
	var list []map[string]any
	require.NoError(t, json.Unmarshal([]byte(stdout), &list))
	require.Len(t, list, len(catalog.Experiments()))
}

// TestExperimentsGoOn: one that cannot be measured does not take the others along, and the
// folder of another run is refused before anything is measured.
func TestExperimentsGoOn(t *testing.T) {
	out := t.TempDir()
	run := func(args ...string) (string, int) {
		var stdout, stderr bytes.Buffer
		std := streams{in: strings.NewReader(""), out: &stdout, err: &stderr, environ: append(os.Environ(), asCommand+"=1")}
		status := execute(t.Context(), std, append([]string{"experiment", "--scale", "smoke", "--out", out}, args...))
		return stdout.String() + stderr.String(), status
	}
	// A folder stands where the raw data are to be written.
	require.NoError(t, os.MkdirAll(filepath.Join(out, "dynamic", lab.DataFile+".part"), 0o750))
	said, status := run("dynamic", "runtimes")
	require.Equal(t, exitFailure, status, said)
	require.Contains(t, said, "dynamic: failed after")
	require.Contains(t, said, "runtimes: done after")
	require.FileExists(t, filepath.Join(out, "runtimes", lab.PageFile))
	require.NoError(t, os.Remove(filepath.Join(out, "dynamic", lab.DataFile+".part")))

	said, status = run("dynamic", "runtimes", "--seed", "2")
	require.Equal(t, exitUsage, status, said)
	require.Contains(t, said, "its seed is 1, this one's 2")
	require.NotContains(t, said, "1 of")
	require.NoFileExists(t, filepath.Join(out, "dynamic", lab.DataFile))
}
