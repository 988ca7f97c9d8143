package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/jsruntime/function"
)

// commands are all that there are, without help and what cobra adds.
func commands(t *testing.T) []*cobra.Command {
	t.Helper()
	root, _ := newRoot(streams{})
	var all []*cobra.Command
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			all = append(all, child)
			walk(child)
		}
	}
	walk(root)
	require.Greater(t, len(all), 20)
	return all
}

// TestJSONEverywhere: what prints data prints it as JSON, too.
func TestJSONEverywhere(t *testing.T) {
	// These print no data, but a key: they serve, write files, or are for a person at a terminal.
	without := []string{"run", "dev", "man", "top", "report", "experiment", "experiment part", "keys generate"}
	for _, c := range commands(t) {
		if c.HasSubCommands() && !strings.Contains(c.Use, " ") {
			continue // a group
		}
		path := strings.TrimPrefix(c.CommandPath(), "isolane ")
		if c.Flags().Lookup("json") == nil && c.InheritedFlags().Lookup("json") == nil && !slices.Contains(without, path) {
			t.Errorf("%s has no --json", path)
		}
	}
}

// TestCompletion completes each command by its first letters, as the scripts of all shells ask.
func TestCompletion(t *testing.T) {
	for _, c := range commands(t) {
		if c.Hidden {
			continue
		}
		words := strings.Fields(c.CommandPath())[1:]
		last := words[len(words)-1]
		words[len(words)-1] = last[:len(last)-1]
		out, errOut, status := cli(t, append([]string{"__complete"}, words...)...)
		require.Zero(t, status, errOut)
		require.Contains(t, "\n"+out, "\n"+last+"\t", c.CommandPath())
	}
}

// TestShells has each shell that is installed read its script, and bash complete with it.
func TestShells(t *testing.T) {
	for shell, check := range map[string]string{"bash": "-n", "zsh": "-n", "fish": "--no-execute"} {
		script, errOut, status := cli(t, "completion", shell)
		require.Zero(t, status, errOut)
		require.Contains(t, script, "__complete")
		if _, err := exec.LookPath(shell); err != nil {
			t.Logf("%s is not installed: its script is not read", shell)
			continue
		}
		file := filepath.Join(t.TempDir(), "isolane."+shell)
		require.NoError(t, os.WriteFile(file, []byte(script), 0o600))
		out, err := exec.CommandContext(t.Context(), shell, check, file).CombinedOutput() //nolint:gosec // our own
		require.NoError(t, err, "%s", out)
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("bash is not installed")
	}
	binary, err := os.Executable()
	require.NoError(t, err)
	script, _, _ := cli(t, "completion", "bash")
	dir := folder(t, "isolane", fmt.Sprintf("#!/bin/sh\n%s=1 exec %s \"$@\"\n", asCommand, binary), "completion", script, "ask", `
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD; cur=${words[cword]}; prev=${words[cword-1]}; }
compopt() { :; } # it is for bash's own completion, which asks here
source "$1/completion"
COMP_WORDS=(isolane functions "ro"); COMP_CWORD=2; COMP_LINE="isolane functions ro"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
__start_isolane
echo "${COMPREPLY[@]}"
`)
	require.NoError(t, os.Chmod(filepath.Join(dir, "isolane"), 0o700)) //nolint:gosec // it is run
	cmd := exec.CommandContext(t.Context(), "bash", filepath.Join(dir, "ask"), dir)
	cmd.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Equal(t, "rollback", strings.TrimSpace(string(out)))
}

func TestMan(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man")
	_, errOut, status := cli(t, "man", dir)
	require.Zero(t, status, errOut)
	for _, c := range commands(t) {
		if c.Hidden {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, strings.ReplaceAll(c.CommandPath(), " ", "-")+".1"))
		require.NoError(t, err)
		require.Contains(t, string(text), ".SH SYNOPSIS")
	}
}

// TestStatusesAreDocumented: the page has each status, and each is that of its error.
func TestStatusesAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/commands.md")
	require.NoError(t, err)
	for _, o := range function.Outcomes() {
		if o != function.OK {
			require.Contains(t, string(page), fmt.Sprintf("| %d | `invoke`: %s |\n", outcomeStatus(o), o))
			require.Equal(t, outcomeStatus(o), exitStatus(t.Context(), &outcomeError{outcome: o}))
		}
	}
	for status, err := range map[int]error{
		exitOK: nil, exitFailure: errors.New("any"), exitUsage: &usageError{err: errors.New("any")}, exitNoNode: admin.ErrNoNode,
		exitNoConnection: bridge.ErrConnect, exitConflict: &funcstore.ConflictError{}, exitNotServed: errNotServed,
	} {
		require.Equal(t, status, exitStatus(t.Context(), err))
		require.Contains(t, string(page), fmt.Sprintf("| %d | ", status))
	}
}
