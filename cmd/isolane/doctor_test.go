package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/doctor"
)

func TestDoctor(t *testing.T) {
	t.Chdir(t.TempDir())
	args := []string{"doctor", "--nats-listen", "127.0.0.1:0", "--functions", "."}
	out, errOut, status := cli(t, args...)
	require.Zero(t, status, out+errOut)
	require.Contains(t, out, "ok   configuration")
	require.Contains(t, out, "data ")
	out, errOut, status = cli(t, append(args, "--json", "--runtimes", "-1", "--nats", "nats://127.0.0.1:1", "--timeout", "200ms")...)
	require.Equal(t, exitFailure, status)
	require.Empty(t, errOut, "all has been said")
	var findings []doctor.Finding
	require.NoError(t, json.Unmarshal([]byte(out), &findings))
	require.Equal(t, doctor.Fail, findings[0].Status)
	require.Contains(t, findings[0].Found, "--runtimes")
	out, _, status = cli(t, append(args, "--functions", "none")...)
	require.Zero(t, status)
	require.Contains(t, out, "warn functions")
	require.Contains(t, out, "-> \"isolane init NAME --dir none\"")
	_, _, status = cli(t, append(args, "--functions", "none", "--strict")...)
	require.Equal(t, exitFailure, status)
	_, _, status = cli(t, append(args, "--timeout", "0")...)
	require.Equal(t, exitUsage, status)
}
