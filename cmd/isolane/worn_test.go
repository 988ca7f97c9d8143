package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
)

// TestNodeWithTooManyStuckTurnsEnds: the caller has its answer, and the node ends by itself
// and says why, so that whoever supervises it starts it again.
func TestNodeWithTooManyStuckTurnsEnds(t *testing.T) {
	dir := folder(t,
		"greedy.js", "export default () => Array(2 ** 27).fill(0).length", // V8 would end the process
		"greedy.yaml", "limits: { cpu: 60s, wall: 60s }")
	file := filepath.Join(t.TempDir(), "isolane.yaml")
	require.NoError(t, os.WriteFile(file, []byte("runtimes: { count: 2, maxStuck: 1 }\n"), 0o600))
	p := startNode(t, dir, "--config", file)
	answer, err := p.connect().Request("fn.greedy", nil, patience)
	require.NoError(t, err)
	require.Equal(t, function.ExceededMemory.String(), answer.Header.Get(bridge.HeaderOutcome))
	require.Equal(t, exitFailure, p.await())
	require.Contains(t, p.log.String(), "1 turns cannot be stopped")
	require.Contains(t, p.log.String(), "runtimes.maxStuck")
	require.Contains(t, p.log.String(), "start the node again")
}
