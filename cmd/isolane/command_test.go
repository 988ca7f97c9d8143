package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// http1 lets headers be compared without regard to how they were spelt.
func http1(name string) string { return strings.ToLower(name) }

func TestOutcomeStatusesAreDistinct(t *testing.T) {
	seen := map[int]function.Outcome{}
	for _, o := range function.Outcomes() {
		status := outcomeStatus(o)
		require.NotContains(t, seen, status)
		seen[status] = o
		require.Contains(t, exitHelp, fmt.Sprintf("%d %s", status, o))
	}
	require.Equal(t, exitFailure, outcomeStatus(0))
}

func TestExitStatus(t *testing.T) {
	interrupted, cancel := context.WithCancelCause(t.Context())
	cancel(&signalError{signal: syscall.SIGINT})
	require.Equal(t, 0, exitStatus(interrupted, nil))
	require.Equal(t, 130, exitStatus(interrupted, errors.New("cut short")))
	require.Equal(t, 1, exitStatus(t.Context(), errors.New("any")))
	require.Equal(t, 2, exitStatus(t.Context(), &usageError{err: errors.New("any")}))
}

func TestVersion(t *testing.T) {
	out, _, status := cli(t, "version")
	require.Zero(t, status)
	require.Contains(t, out, runtime.Version())
	out, _, status = cli(t, "version", "--json")
	require.Zero(t, status)
	var v versions
	require.NoError(t, json.Unmarshal([]byte(out), &v))
	require.NotEmpty(t, v.V8)
	require.NotEmpty(t, v.NATSServer)
}

func TestConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("isolane.yaml", []byte("runtimes: {count: 3}\nnats: {url: nats://h, token: sesame}\n"), 0o600))
	out, errOut, status := cliWith(t, "", []string{"ISOLANE_LOG_LEVEL=debug"}, "config", "--name", "one")
	require.Zero(t, status, errOut)
	require.Contains(t, out, "count: 3 # isolane.yaml:1:19")
	require.Contains(t, out, "level: debug # environment ISOLANE_LOG_LEVEL")
	require.Contains(t, out, "name: one # flag --name")
	require.NotContains(t, out, "sesame")
	out, _, status = cli(t, "config", "--show-secrets", "--json")
	require.Zero(t, status)
	require.Contains(t, out, "sesame")
	_, errOut, status = cli(t, "config", "--runtimes", "-1", "--grace", "soon")
	require.Equal(t, exitUsage, status)
	require.Contains(t, errOut, "--runtimes")
	require.Contains(t, errOut, "--grace")
}

func TestUsage(t *testing.T) {
	for name, tc := range map[string]struct {
		args   []string
		status int
	}{
		"nothing": {nil, exitOK}, "help": {[]string{"--help"}, exitOK}, "group": {[]string{"functions"}, exitOK},
		"unknown command": {[]string{"rnu"}, exitUsage}, "unknown flag": {[]string{"version", "--jsn"}, exitUsage},
		"both": {[]string{"invoke", "a", "--raw", "--json"}, exitUsage}, "bad timeout": {[]string{"invoke", "a", "--timeout", "-1s"}, exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			_, errOut, status := cli(t, tc.args...)
			require.Equal(t, tc.status, status, errOut)
		})
	}
}

func TestPaintOnTerminalsOnly(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer func() { require.NoError(t, null.Close()) }()
	require.Equal(t, "x", painter(streams{}, null)(red, "x"))
	require.Equal(t, "x", painter(streams{}, &strings.Builder{})(red, "x"))
}
