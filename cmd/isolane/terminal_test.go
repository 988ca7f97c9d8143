package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
)

// onTerminal runs isolane in a process of its own on a terminal; what it prints goes to the
// buffer. The returned function waits for its end.
func onTerminal(t *testing.T, environ []string, args ...string) (printed *logkit.Buffer, cmd *exec.Cmd, wait func() int) {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	cmd = exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append([]string{asCommand + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TERM=xterm"}, environ...)
	cmd.Dir = t.TempDir()
	terminal, err := pty.Start(cmd)
	require.NoError(t, err)
	printed = &logkit.Buffer{}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(printed, terminal) // a terminal ends with an error, when its process does
	}()
	return printed, cmd, func() int {
		_ = cmd.Wait()
		<-read
		_ = terminal.Close()
		return cmd.ProcessState.ExitCode()
	}
}

// TestColours: on a terminal there are some, and never with NO_COLOR or on a dumb one.
func TestColours(t *testing.T) {
	for name, tc := range map[string]struct {
		environ []string
		want    string
	}{
		"colours":    {nil, "\x1b[31merror:\x1b[0m unknown command"},
		"NO_COLOR":   {[]string{"NO_COLOR=1"}, "error: unknown command"},
		"no colours": {[]string{"TERM=dumb"}, "error: unknown command"},
	} {
		t.Run(name, func(t *testing.T) {
			printed, _, wait := onTerminal(t, tc.environ, "rnu")
			require.Equal(t, exitUsage, wait())
			require.True(t, strings.HasPrefix(printed.String(), tc.want), "%q", printed)
		})
	}
}

// TestDevOnTerminal: the page is opened by what the user has for it, and there are colours.
func TestDevOnTerminal(t *testing.T) {
	dir := folder(t, "a.js", `export default () => "1"`)
	bin, opened := t.TempDir(), filepath.Join(t.TempDir(), "opened")
	require.NoError(t, os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\necho \"$1\" > "+opened+".tmp && mv "+opened+".tmp "+opened+"\n"), 0o700)) //nolint:gosec // it is run
	environ := []string{"DISPLAY=:99", "PATH=" + bin + ":" + os.Getenv("PATH")}
	printed, cmd, wait := onTerminal(t, environ, "dev", dir, "--http", "127.0.0.1:0", "--nats-listen", "127.0.0.1:0", "--runtimes", "1")
	var page []byte
	eventually(t, patience, func() error {
		var err error
		if page, err = os.ReadFile(opened); err != nil {
			err = errors.New(printed.String())
		}
		return err
	})
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	require.Zero(t, wait())
	require.Contains(t, printed.String(), strings.TrimSpace(string(page)))
	require.True(t, bytes.HasPrefix(page, []byte("http://127.0.0.1:")))
	require.Contains(t, printed.String(), "\x1b[1mserving\x1b[0m")
}
