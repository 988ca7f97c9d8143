package main

import (
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNodesDieWithTheProgram(t *testing.T) {
	program, out := startProgram(t)
	out.await(t, `2 nodes are ready`, 1)
	nodes := out.await(t, `ready node=\S+ pid=(\d+)`, 2)
	require.NoError(t, program.Process.Kill())
	require.Error(t, program.Wait())
	for _, node := range nodes {
		pid, err := strconv.Atoi(node[1])
		require.NoError(t, err)
		eventually(t, func() bool { return syscall.Kill(pid, 0) != nil }, func() string { return node[0] + " lives" })
	}
}
