package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/monitor"
)

// tmux is a terminal of its own, with a server of its own.
type tmux struct {
	t      *testing.T
	socket string
}

// newTmux runs a command of isolane's in a terminal of 80 columns and 24 lines.
func newTmux(t *testing.T, environ []string, args ...string) *tmux {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux here: apt-get install tmux brings it")
	}
	binary, err := os.Executable()
	require.NoError(t, err)
	m := &tmux{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	command := append([]string{"env", asCommand + "=1", "TERM=tmux-256color"}, environ...)
	// The shell tells how it ended, and keeps the terminal.
	command = append(append(command, "sh", "-c", `"$@"; echo "ended with $?"; exec sleep 600`, "sh", binary), args...)
	t.Cleanup(func() { _ = m.command("kill-server").Run() })
	m.run(append([]string{"-f", os.DevNull, "new-session", "-d", "-x", "80", "-y", "24"}, command...)...)
	m.run("set-option", "-g", "window-size", "manual")
	return m
}

func (m *tmux) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(m.t.Context(), "tmux", append([]string{"-u", "-S", m.socket}, args...)...)
	if args[0] == "kill-server" {
		cmd = exec.Command("tmux", "-S", m.socket, "kill-server") // the test's context has ended
	}
	return cmd
}

func (m *tmux) run(args ...string) string {
	m.t.Helper()
	out, err := m.command(args...).CombinedOutput()
	require.NoError(m.t, err, "tmux %v: %s", args, out)
	return string(out)
}

func (m *tmux) press(keys ...string) {
	m.t.Helper()
	m.run(append([]string{"send-keys"}, keys...)...)
}

// lines is the screen.
func (m *tmux) lines() []string {
	m.t.Helper()
	return strings.Split(strings.TrimSuffix(m.run("capture-pane", "-p"), "\n"), "\n")
}

// shows waits until ok likes the screen.
func (m *tmux) shows(what string, ok func(lines []string) bool) []string {
	m.t.Helper()
	var lines []string
	eventually(m.t, patience, func() error {
		if lines = m.lines(); ok(lines) {
			return nil
		}
		return fmt.Errorf("%s is not shown:\n%s", what, strings.Join(lines, "\n"))
	})
	return lines
}

// rowOf is the first line that begins with a word; "" for none.
func rowOf(lines []string, word string) string {
	for _, l := range lines {
		if first, _, _ := strings.Cut(l, " "); first == word {
			return l
		}
	}
	return ""
}

// fieldOf is a field of the row that begins with a word; "" for none.
func fieldOf(lines []string, word string, n int) string {
	if fields := strings.Fields(rowOf(lines, word)); n < len(fields) {
		return fields[n]
	}
	return ""
}

// TestTopInATerminal drives isolane top as a user does, beside a node that is called, ends, and
// comes back.
func TestTopInATerminal(t *testing.T) {
	files := []string{
		"hello.js", `export default (m) => "hi " + m.text()`,
		"fails.js", `export default () => { throw new Error("no") }`,
		"broken.js", `export default (`,
	}
	for i := range 40 {
		files = append(files, fmt.Sprintf("many-%02d.js", i), `export default () => 1`)
	}
	functions := folder(t, files...)
	url := natsServer(t)
	node := func() *process {
		return start(t, "--functions", functions, "--nats", url, "--name", "n1", "--runtimes", "3").awaitReady()
	}
	n := node()
	top := newTmux(t, nil, "top", "--nats", url, "--every", "100ms")
	conn := n.connect()
	for range 5 {
		_, err := conn.Request("fn.hello", []byte("x"), patience)
		require.NoError(t, err)
	}
	_, err := conn.Request("fn.fails", nil, patience)
	require.NoError(t, err)

	lines := top.shows("what was called", func(l []string) bool {
		return fieldOf(l, "hello", 2) == "5" && fieldOf(l, "fails", 3) == "1"
	})
	require.Contains(t, lines[0], "isolane top")
	require.Contains(t, top.run("capture-pane", "-p", "-e"), "\x1b[31m", "errors are red")
	require.Contains(t, lines[1], "[3 Functions 43]")
	require.Len(t, lines, 24)
	require.Contains(t, lines[23], "quit", "the keys are told")

	top.press("1")
	top.shows("the member", func(l []string) bool {
		return strings.Contains(rowOf(l, "n1"), "alive") && strings.Contains(l[1], "[1 Members 1]")
	})
	top.press("Tab")
	top.shows("three runtimes", func(l []string) bool {
		return strings.Contains(l[1], "[2 Runtimes 3]") && strings.Count(strings.Join(l, "\n"), "\nn1 ") == 3
	})
	top.press("3", "<")
	top.shows("functions by name", func(l []string) bool {
		return strings.HasPrefix(l[2], "FUNCTIONv") && strings.HasPrefix(l[3], "broken")
	})
	top.press("G")
	top.shows("the last", func(l []string) bool { return rowOf(l, "many-39") != "" && rowOf(l, "broken") == "" })
	top.press("/", "y-37", "Enter")
	top.shows("what matches", func(l []string) bool { return rowOf(l, "many-37") != "" && strings.HasPrefix(l[23], "1-1 of 1 ") })
	top.press("Escape")
	top.shows("all", func(l []string) bool { return strings.Contains(l[23], "of 43") })
	top.press("?")
	top.shows("the help", func(l []string) bool { return strings.Contains(strings.Join(l, "\n"), "row above") })
	top.press("x", "p")
	top.shows("that it is paused", func(l []string) bool { return strings.Contains(l[1], "PAUSED") })
	top.press("p")

	top.run("resize-window", "-x", "130", "-y", "35")
	top.shows("more", func(l []string) bool { return len(l) == 35 && strings.Contains(l[2], "ISOLATION") })
	top.run("resize-window", "-x", "40", "-y", "10")
	top.shows("less", func(l []string) bool { return len(l) == 10 && strings.HasPrefix(l[2], "FUNCTIONv") })
	top.run("resize-window", "-x", "80", "-y", "24")
	top.shows("what it was", func(l []string) bool {
		return len(l) == 24 && strings.HasPrefix(l[0], "isolane top") && strings.HasPrefix(l[22], "many-16") && strings.Contains(l[23], "1-20 of 43")
	})

	n.signal(syscall.SIGTERM)
	require.Zero(t, n.await())
	top.shows("that nobody answers", func(l []string) bool {
		return strings.Contains(l[2], "no answer for") && strings.Contains(l[2], "no node answers")
	})
	node()
	top.shows("that it is back", func(l []string) bool { return strings.HasPrefix(l[2], "FUNCTIONv") })

	top.press("q")
	top.shows("the shell again", func(l []string) bool { return strings.HasPrefix(l[0], "ended with 0") && l[1] == "" })
}

// TestTopWithoutColours: NO_COLOR leaves no colour on the screen, and nothing is told by colour
// alone.
func TestTopWithoutColours(t *testing.T) {
	n := startNode(t, folder(t, "broken.js", `export default (`), "--name", "n1")
	top := newTmux(t, []string{"NO_COLOR=1"}, "top", "--nats", n.url, "--every", "100ms")
	top.shows("what is broken", func(l []string) bool { return strings.Contains(rowOf(l, "broken"), "cannot") })
	require.NotRegexp(t, `\x1b\[([0-9]+;)*(3[0-8]|4[0-8]|9[0-7])(;[0-9]+)*m`, top.run("capture-pane", "-p", "-e"))
}

func TestTopBeforeThereIsANode(t *testing.T) {
	url := natsServer(t)
	top := newTmux(t, nil, "top", "--nats", url, "--every", "100ms")
	top.shows("what to do", func(l []string) bool { return strings.Contains(l[2], "no node answers on") })
	_, errOut, status := cli(t, "top", "--json", "--nats", url)
	require.Equal(t, exitNoNode, status)
	require.Contains(t, errOut, "isolane run")
}

func TestTopAsJSON(t *testing.T) {
	n := startNode(t, folder(t, "hello.js", `export default () => 1`), "--name", "n1", "--runtimes", "2")
	out, errOut, status := cli(t, "top", "--json", "--nats", n.url)
	require.Zero(t, status, errOut)
	var s monitor.Snapshot
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	require.Equal(t, "n1", s.Members[0].Name)
	require.Len(t, s.Nodes[0].Runtimes, 2)
	require.Equal(t, "hello", s.Functions[0].Name)

	for name, args := range map[string][]string{
		"no terminal": {"top", "--nats", n.url}, "too often": {"top", "--every", "1ms"}, "no time": {"top", "--timeout", "0"},
	} {
		_, errOut, status = cli(t, args...)
		require.Equal(t, exitUsage, status, name)
		require.NotEmpty(t, errOut, name)
	}
}
