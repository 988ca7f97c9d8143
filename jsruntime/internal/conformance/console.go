package conformance

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"regexp"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// Line is one of the log's.
type Line struct {
	Level, Msg, Function, Text, Invocation string
}

// LinesOf is for tests.
func LinesOf(t *testing.T, log *bytes.Buffer) []Line {
	t.Helper()
	var all []Line
	for decoder := json.NewDecoder(log); decoder.More(); {
		var l Line
		require.NoError(t, decoder.Decode(&l))
		all = append(all, l)
	}
	return all
}

// ConsoleOutputIsBounded is a test. What a function prints over its rate is cut and counted: each line is passed on or
// is in the count, which is told once.
func ConsoleOutputIsBounded(t *testing.T, e Engine) {
	t.Helper()
	var log bytes.Buffer
	l := NewLoop(t, e, func(c *jsruntime.Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	flood := Module(t, "flood", `
		for (let i = 0; i < 200; i++) console.log("loading");
		export default (m) => { for (let i = 0; i < 200; i++) console.log("line " + i); console.debug("not enabled") }`,
		func(m *function.Manifest) { m.Limits.Console = 10 })
	const calls = 10
	for range calls {
		r, err := l.Call(flood, nil)
		require.NoError(t, err)
		require.Equal(t, function.OK, r.Outcome)
	}
	r, err := l.Call(Module(t, "calm", `export default () => { console.error("calm") }`, nil), nil)
	require.NoError(t, err)
	require.Equal(t, function.OK, r.Outcome)
	require.NoError(t, l.Runtime.Close())

	passed, calm := 0, 0
	var told []Line
	for _, l := range LinesOf(t, &log) {
		switch {
		case l.Msg != "console":
			told = append(told, l)
		case l.Function == "calm":
			calm++
			require.Equal(t, "ERROR", l.Level)
		default:
			passed++
		}
	}
	require.Equal(t, 1, calm, "another function is not cut")
	require.GreaterOrEqual(t, passed, 50)
	cut := 0
	for _, l := range told {
		require.Equal(t, "console output cut", l.Msg)
		require.Equal(t, "flood", l.Function)
		require.Equal(t, "WARN", l.Level)
		match := regexp.MustCompile(`^(\d+) lines \(.* [KM]?i?B\) in 5s, limit 10 lines/s: print less, or raise limits.console in the manifest$`).FindStringSubmatch(l.Text)
		require.NotNil(t, match, l.Text)
		n, err := strconv.Atoi(match[1])
		require.NoError(t, err)
		cut += n
	}
	require.Equal(t, 200*(calls+1), passed+cut)
	require.Less(t, len(told), 10)
}

// ConsoleOutputOfATurnIsBounded is a test. The ends of a turn's output and of a line are cut in JavaScript already.
func ConsoleOutputOfATurnIsBounded(t *testing.T, e Engine) {
	t.Helper()
	var log bytes.Buffer
	l := NewLoop(t, e, func(c *jsruntime.Config) { c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })
	fn := Module(t, "f", `export default () => { console.log("x".repeat(1e6)); for (let i = 0; i < 1000; i++) console.log("line") }`, nil)
	_, err := l.Call(fn, nil)
	require.NoError(t, err)
	all := LinesOf(t, &log)
	require.Len(t, all, 256)
	require.LessOrEqual(t, len(all[0].Text), 8<<10+len("…"))
	require.Equal(t, "console output of this turn is cut here", all[255].Text)
	require.Equal(t, "call", all[255].Invocation)
}

// ConsoleLines is a test. Config.Console gets every line that is admitted, also those that the log does not show,
// and is told of what was cut.
func ConsoleLines(t *testing.T, e Engine) {
	t.Helper()
	var mu sync.Mutex
	var got []jsruntime.ConsoleLine
	l := NewLoop(t, e, func(c *jsruntime.Config) {
		c.ID = 3
		c.Console = func(line jsruntime.ConsoleLine) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, line)
		}
	})
	fn := Module(t, "f", `console.warn("loading"); export default () => { for (let i = 0; i < 60; i++) console.debug("line " + i) }`,
		func(m *function.Manifest) { m.Limits.Console = 10 })
	require.NoError(t, l.Invoke("call", fn, nil))
	require.NoError(t, l.Runtime.Close())
	require.Len(t, got, 51, "fifty are admitted")
	require.Equal(t, jsruntime.ConsoleLine{Time: got[0].Time, Level: slog.LevelWarn, Function: "f", Version: fn.Version, Runtime: 3, Text: "loading"}, got[0])
	require.Equal(t, "call", got[1].Invocation)
	require.Equal(t, slog.LevelDebug, got[1].Level)
	require.Contains(t, got[50].Text, "11 lines")
}
