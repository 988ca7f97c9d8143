package child

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOutputIsWhatWasSaid(t *testing.T) {
	out, err := Output(exec.CommandContext(t.Context(), "echo", "word"))
	require.NoError(t, err)
	require.Equal(t, "word\n", string(out))
}

// A launcher's child went on for ever when its launcher was killed.
func TestOutputEndsTheChildrenToo(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		cmd := exec.CommandContext(ctx, "sh", "-c", "sleep 1000 & echo $! >"+fifo+"; wait")
		cmd.WaitDelay = time.Second
		_, err := Output(cmd)
		ended <- err
	}()
	pipe, err := os.Open(fifo) // waits for the writer
	require.NoError(t, err)
	defer func() { require.NoError(t, pipe.Close()) }()
	line, err := bufio.NewReader(pipe).ReadString('\n')
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	cancel()
	require.Error(t, <-ended)
	require.Eventually(t, func() bool { // gone, or waiting for the reaper of orphans
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return err != nil || strings.Contains(string(stat), ") Z ")
	}, time.Minute, 5*time.Millisecond)
}
