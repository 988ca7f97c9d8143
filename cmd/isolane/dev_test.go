package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
)

// devRun is "isolane dev" in this process.
type devRun struct {
	t        *testing.T
	out, err logkit.Buffer
	conn     *nats.Conn
}

var devNATS = regexp.MustCompile(`nats (nats://\S+)`)

// startDev runs it until the test is over, and then wants it to have ended in order.
func startDev(t *testing.T, dir string, args ...string) *devRun {
	t.Helper()
	d := &devRun{t: t}
	ctx, cancel := context.WithCancel(t.Context())
	status := make(chan int, 1)
	go func() {
		std := streams{in: strings.NewReader(""), out: &d.out, err: &d.err}
		status <- execute(ctx, std, append([]string{"dev", dir, "--http", "off", "--runtimes", "1"}, args...))
	}()
	t.Cleanup(func() {
		cancel()
		require.Zero(t, <-status, d.err.String())
		require.Contains(t, d.err.String(), "stopped")
	})
	eventually(t, patience, func() error {
		match := devNATS.FindStringSubmatch(d.out.String())
		if match == nil {
			return errors.New("not ready: " + d.err.String())
		}
		var err error
		d.conn, err = nats.Connect(match[1])
		return err
	})
	t.Cleanup(d.conn.Close)
	return d
}

// await calls a function until it answers as it should.
func (d *devRun) await(name, want string) {
	d.t.Helper()
	eventually(d.t, patience, func() error {
		m, err := d.conn.Request("fn."+name, nil, patience)
		if err == nil && string(m.Data) != want {
			err = errors.New("the answer is " + string(m.Data) + m.Header.Get("Nats-Service-Error"))
		}
		return err
	})
}

// told waits for a text among what it prints.
func (d *devRun) told(text string) {
	d.t.Helper()
	eventually(d.t, patience, func() error {
		if !strings.Contains(d.err.String(), text) {
			return errors.New("not printed: " + text + "\n" + d.err.String())
		}
		return nil
	})
}

// TestDev: what is saved is served, and what is broken is told of and harms nothing.
func TestDev(t *testing.T) {
	dir := folder(t, "a.js", `export default () => { console.log("one\nline"); return "1"; }`)
	d := startDev(t, dir)
	declarations, err := os.ReadFile(filepath.Join(dir, "isolane.d.ts"))
	require.NoError(t, err)
	require.Contains(t, string(declarations), `declare module "isolane"`)
	d.await("a", "1")
	d.told("a | one\na | line\n")

	saved := time.Now()
	write(t, filepath.Join(dir, "a.js"), `export default () => "2"`)
	d.await("a", "2")
	t.Logf("served %s after it was saved", time.Since(saved).Round(time.Millisecond))
	write(t, filepath.Join(dir, "a.js"), "export default () => {\n  return (;\n}")
	d.told("a.js:2:11: Unexpected \";\"")
	d.await("a", "2")
	write(t, filepath.Join(dir, "b.ts"), `export default (msg: unknown) => "b"`)
	d.await("b", "b")
	write(t, filepath.Join(dir, "a.js"), `export default () => "3"`)
	d.await("a", "3")
	require.NotContains(t, d.out.String()+d.err.String(), "\x1b", "no terminal, no colours")
}

// TestDevBeside: another one that runs already takes no port away.
func TestDevBeside(t *testing.T) {
	dir := folder(t, "a.js", `export default () => "1"`)
	startDev(t, dir, "--no-types").await("a", "1")
	startDev(t, dir, "--no-types").await("a", "1")
	_, err := os.Stat(filepath.Join(dir, "isolane.d.ts"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestDevUsage(t *testing.T) {
	for _, args := range [][]string{
		{"dev", filepath.Join(t.TempDir(), "none")}, {"dev", "a", "b"}, {"dev", "a", "--functions", "b"}, {"dev", t.TempDir(), "--runtimes", "x"},
	} {
		_, errOut, status := cli(t, args...)
		require.Equal(t, exitUsage, status, "%v: %s", args, errOut)
	}
}

func TestFindOpener(t *testing.T) {
	dir := t.TempDir()
	path := "PATH=/none:" + dir
	require.Empty(t, findOpener(streams{environ: []string{path, "DISPLAY=:1"}}))
	opener := filepath.Join(dir, "xdg-open")
	require.NoError(t, os.WriteFile(opener, nil, 0o600))
	require.Empty(t, findOpener(streams{environ: []string{path, "DISPLAY=:1"}}), "it cannot be run")
	require.NoError(t, os.Chmod(opener, 0o700)) //nolint:gosec // it is to be run
	require.Equal(t, opener, findOpener(streams{environ: []string{path, "DISPLAY=:1"}}))
	require.Empty(t, findOpener(streams{environ: []string{path}}), "no screen")
	require.Empty(t, findOpener(streams{environ: []string{"DISPLAY=:1", "PATH="}}))
}
