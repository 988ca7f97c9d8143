package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
)

// TestMoving: the line says how far it is, fits, makes way for what is printed, and goes.
func TestMoving(t *testing.T) {
	out := &logkit.Buffer{}
	m := startMoving(out, func() int { return 50 }, 0)
	m.at(3, 4, "hello and a name that is too long for this terminal")
	eventually(t, patience, func() error {
		if text := ansi.Strip(out.String()); !strings.Contains(text, "75%") || !strings.Contains(text, "hello and") {
			return fmt.Errorf("%q", text)
		}
		return nil
	})
	m.aside(func() { _, _ = out.Write([]byte("printed\n")) })
	m.say(-1, "nobody knows")
	eventually(t, patience, func() error {
		if !strings.HasSuffix(out.String(), clearLine+"nobody knows") {
			return fmt.Errorf("%q", out)
		}
		return nil
	})
	m.close()
	m.close()
	require.True(t, strings.HasSuffix(out.String(), clearLine))
	require.Contains(t, out.String(), clearLine+"printed\n")
	for line := range strings.SplitSeq(out.String(), clearLine) {
		require.LessOrEqual(t, ansi.StringWidth(line), 50)
	}

	quick := &logkit.Buffer{}
	m = startMoving(quick, func() int { return 80 }, time.Hour)
	m.at(1, 2, "quick")
	m.close()
	require.Empty(t, quick.String())

	var none *moving
	done := false
	none.at(1, 2, "none")
	none.aside(func() { done = true })
	none.close()
	require.True(t, done)
}

// TestMovingOnTerminal: on a terminal there is one after two seconds, and never with NO_COLOR,
// on a dumb one, or with --json.
func TestMovingOnTerminal(t *testing.T) {
	node := startNode(t, folder(t, "hello.ts", helloTS), "--runtimes", "1")
	for name, tc := range map[string]struct {
		environ, args []string
		want          bool
	}{
		"shown":    {nil, nil, true},
		"NO_COLOR": {[]string{"NO_COLOR=1"}, nil, false},
		"dumb":     {[]string{"TERM=dumb"}, nil, false},
		"json":     {nil, []string{"--json"}, false},
		"quiet":    {nil, []string{"--quiet"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"bench", `hello={"name":"a"}`, "--rate", "20", "--duration", "3s", "--warmup", "0s", "--nats", node.url}, tc.args...)
			printed, _, wait := onTerminal(t, tc.environ, args...)
			require.Zero(t, wait(), "%s", printed)
			require.Equal(t, tc.want, strings.Contains(printed.String(), clearLine), "%q", printed)
			require.Equal(t, tc.want, strings.Contains(printed.String(), "%  step 1 of 1"), "%q", printed)
		})
	}
	out, errOut, status := cli(t, "bench", `hello={"name":"a"}`, "--rate", "20", "--duration", "100ms", "--warmup", "0s", "--nats", node.url)
	require.Zero(t, status, errOut)
	require.NotContains(t, out+errOut, "\x1b")
}
