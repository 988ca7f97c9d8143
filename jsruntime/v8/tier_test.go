//go:build !rogchap

package v8

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// TestShortTurnsAreOptimized calls a function whose turns are over long before V8 has
// compiled it on another thread: what is compiled by then must be run all the same.
func TestShortTurnsAreOptimized(t *testing.T) {
	if os.Getenv(natives) == "" { // V8's flags are a process's
		again := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestShortTurnsAreOptimized$", "-test.v")
		again.Env = append(os.Environ(), natives+"=1")
		out, err := again.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: TestShortTurnsAreOptimized")
		return
	}
	made, err := NewEngine(Config{WebAPI: webapi.Script()}).NewIsolate(jsruntime.IsolateConfig{Heap: 64 * function.MiB})
	require.NoError(t, err)
	defer made.Dispose()
	r, err := made.NewRealm(jsruntime.RealmConfig{
		Config: `{"env":{},"buffers":1}`,
		Call:   func(string, string, []byte) (string, []byte, error) { return "", nil, nil },
	})
	require.NoError(t, err)
	const source = `({ default: (() => {
		function hot(text) {
			let sum = 0;
			for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) | 0;
			return sum;
		}
		return (m) => {
			hot(m.text());
			return String(%GetOptimizationStatus(hot));
		};
	})() })`
	require.NoError(t, r.Load(jsruntime.Script{Source: source, Origin: "f.js", Digest: "f"}))
	const maglevved, turbofanned = 1 << 5, 1 << 6
	status := 0
	apart := time.NewTicker(time.Millisecond) // so that it is compiled between two turns
	defer apart.Stop()
	for id := int32(1); id <= 2_000 && status&(maglevved|turbofanned) == 0; id++ {
		<-apart.C
		require.NoError(t, r.Begin(jsruntime.Start{ID: id, Kind: jsruntime.PayloadText, Text: "0123456789", Head: "fn.f\n"}))
		record, ok, err := r.Next()
		require.NoError(t, err)
		require.True(t, ok)
		status, err = strconv.Atoi(record.Text)
		require.NoError(t, err, record.Text)
	}
	require.NotZero(t, status&(maglevved|turbofanned), "%b", status)
}
