package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// tutorialBlock is a block of the tutorial that a shell runs.
type tutorialBlock struct {
	line       int
	shell, out string // what is typed, and what is shown below it
}

// tutorialBlocks takes the blocks out of a page: ```sh is typed, and ```text after one is what it
// prints, a line of "..." standing for any.
func tutorialBlocks(page string) (all []tutorialBlock) {
	kind, begins := "", 0
	var body strings.Builder
	for i, line := range strings.Split(page, "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && kind == "":
			kind, begins = fence, i+1
			body.Reset()
		case isFence:
			if kind == "sh" {
				all = append(all, tutorialBlock{line: begins, shell: body.String()})
			}
			if kind == "text" && len(all) > 0 {
				all[len(all)-1].out = body.String()
			}
			kind = ""
		default:
			body.WriteString(line + "\n")
		}
	}
	return all
}

// shows reports the first line of want that out does not have, after those before it.
func shows(out, want string) string {
	lines := strings.Split(out, "\n")
	for w := range strings.SplitSeq(strings.TrimSuffix(want, "\n"), "\n") {
		words := strings.Split(w, "...")
		found := -1
		for i, line := range lines {
			if inOrder(line, words) {
				found = i
				break
			}
		}
		if found < 0 {
			return w
		}
		lines = lines[found+1:]
	}
	return ""
}

// inOrder reports whether line has all the words, one after the other.
func inOrder(line string, words []string) bool {
	for _, w := range words {
		w = strings.TrimSpace(w)
		i := strings.Index(line, w)
		if i < 0 {
			return false
		}
		line = line[i+len(w):]
	}
	return true
}

func TestTutorialKit(t *testing.T) {
	page := "x\n```sh\na\nb\n```\n\n```text\nA ... B\n...\nC\n```\n```sh\nc\n```\n```ts\nno\n```\n"
	require.Equal(t, []tutorialBlock{{2, "a\nb\n", "A ... B\n...\nC\n"}, {12, "c\n", ""}}, tutorialBlocks(page))
	require.Empty(t, shows("A 1 B\nany\nC", "A ... B\n...\nC\n"))
	require.Equal(t, "C", shows("C\nA", "A\nC\n"))
	require.Equal(t, "A ... B", shows("B A", "A ... B"))
}

// TestTutorial types the blocks of docs/tutorial.md into one shell, one after the other, with this
// binary as isolane and free ports in the place of those that it names.
func TestTutorial(t *testing.T) {
	page, err := os.ReadFile("../../docs/tutorial.md")
	require.NoError(t, err)
	blocks := tutorialBlocks(string(page))
	require.Greater(t, len(blocks), 10)
	binary, err := os.Executable()
	require.NoError(t, err)
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "isolane"), fmt.Appendf(nil, "#!/bin/sh\n%s=1 exec %s \"$@\"\n", asCommand, binary), 0o700)) //nolint:gosec // it is run
	built, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "spans"), "../../tools/spans").CombinedOutput()          //nolint:gosec // our own
	require.NoError(t, err, "%s", built)
	var pairs []string
	for _, port := range []string{"4222", "4318", "7946", "7948", "7950", "7947", "7949", "7951", "8484", "8485", "8486", "8487"} {
		pairs = append(pairs, ":"+port, fmt.Sprint(":", freePort(t)))
	}
	ports := strings.NewReplacer(pairs...)

	// After each block a line of its own says how it ended.
	var script strings.Builder
	for i, b := range blocks {
		fmt.Fprintf(&script, "echo '=== begin %d'\n%secho '=== end %d' $?\n", i, ports.Replace(b.shell), i)
	}
	script.WriteString("wait\n")
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", "-e", "-u", "-c", script.String()) //nolint:gosec // our own page
	shell.Dir = t.TempDir()
	shell.Env = []string{"PATH=" + bin + ":" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "NATS_URL=" + ports.Replace("nats://127.0.0.1:4222")}
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	shell.Cancel = func() error { return syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) }
	shell.WaitDelay = 10 * time.Second
	var out bytes.Buffer
	shell.Stdout, shell.Stderr = &out, &out
	defer func() {
		if shell.Process != nil {
			_ = syscall.Kill(-shell.Process.Pid, syscall.SIGKILL) // what a block that failed left behind
		}
	}()
	require.NoError(t, shell.Run(), "%s", &out)
	for i, b := range blocks {
		_, rest, _ := strings.Cut(out.String(), fmt.Sprintf("=== begin %d\n", i))
		said, _, ended := strings.Cut(rest, fmt.Sprintf("=== end %d 0\n", i))
		require.True(t, ended, "block in line %d: %s", b.line, rest)
		require.Empty(t, shows(said, b.out), "block in line %d printed\n%s", b.line, said)
	}
}
