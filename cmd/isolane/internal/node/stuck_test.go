package node

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// stuckVariable marks the process that gets a thread stuck; survived is its last word.
const (
	stuckVariable = "ISOLANE_TEST_STUCK"
	survived      = "the node survived a stuck turn"
)

// stuckCase is a function that V8 does not come back from.
type stuckCase struct {
	body, manifest string
	outcome        function.Outcome
	message        string
}

func stuckCases() map[string]stuckCase {
	return map[string]stuckCase{
		"cannot be interrupted": {
			body: "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)", manifest: "limits: { cpu: 100ms }",
			outcome: function.ExceededCPU, message: "cpu limit of 100ms reached",
		},
		// V8 would end the process.
		"wants more than there can be": {
			body: "Array(2 ** 27).fill(0).length", manifest: "limits: { cpu: 60s, wall: 5m }",
			outcome: function.ExceededMemory, message: "wanted more than there can be",
		},
	}
}

// TestStuckTurn has a function call a built-in that V8 does not come back from, through
// NATS and the pool. The thread is held until its process ends, so that is another one
// than the tests', and killed.
func TestStuckTurn(t *testing.T) {
	if name := os.Getenv(stuckVariable); name != "" {
		stuckTurn(t, stuckCases()[name])
		_, _ = fmt.Fprintln(os.Stdout, survived)
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
		return
	}
	for name := range stuckCases() {
		t.Run(name, func(t *testing.T) { survivesStuck(t, name) })
	}
}

// survivesStuck runs the test proper in another process.
func survivesStuck(t *testing.T, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*patience)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run", "^TestStuckTurn$", "-test.timeout", (5 * patience).String())
	child.Env = append(os.Environ(), stuckVariable+"="+name)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	child.Stderr = child.Stdout
	stdin, err := child.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	var said strings.Builder
	alive := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if alive = lines.Text() == survived; alive {
			break
		}
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	_ = stdin.Close()
	require.Truef(t, alive, "the other process said:\n%s", said.String())
}

// stuckTurn is the test proper.
func stuckTurn(t *testing.T, c stuckCase) {
	t.Helper()
	dir := t.TempDir()
	save(t, dir, map[string]string{
		"echo.js":    "export default (msg) => msg.text()",
		"stuck.js":   "export default () => " + c.body,
		"stuck.yaml": c.manifest,
	})
	cfg := config.DefaultConfig()
	cfg.Node.Name, cfg.Functions, cfg.Data = "test", dir, t.TempDir()
	cfg.NATS.Listen, cfg.Runtimes.Count = "127.0.0.1:0", 2
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n, err := Start(ctx, cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	nc, err := nats.Connect(n.Ready().NATS)
	require.NoError(t, err)
	defer nc.Close()
	echo := func() {
		require.Equal(t, "hello", string(ask(t, nc, "fn.echo", "hello").Data))
	}

	inbox, err := nc.SubscribeSync(nats.NewInbox())
	require.NoError(t, err)
	require.NoError(t, nc.PublishRequest("fn.stuck", inbox.Subject, nil))
	served, answer := 0, (*nats.Msg)(nil)
	for end := time.Now().Add(3 * patience); answer == nil; served++ {
		require.Less(t, time.Now(), end, "the stuck call is not answered: %+v", n.pool.Stats())
		echo() // others are served all the while
		answer, _ = inbox.NextMsg(time.Millisecond)
	}
	require.Equal(t, c.outcome, outcomeOf(t, answer))
	require.Contains(t, answer.Header.Get("Nats-Service-Error"), c.message)
	require.Greater(t, served, 10)

	idle := func(st actors.Stats) bool {
		return len(st.Runtimes) == 2 && st.Runtimes[0].State == actors.StateIdle && st.Runtimes[1].State == actors.StateIdle
	}
	for end := time.Now().Add(patience); !idle(n.pool.Stats()); {
		require.Less(t, time.Now(), end, "its place is not taken: %+v", n.pool.Stats())
		echo()
	}
	require.Equal(t, 1, n.pool.Stats().StuckNow)

	for range 3 { // each might hold another thread
		refused := ask(t, nc, "fn.stuck", "")
		require.Equal(t, function.Overloaded, outcomeOf(t, refused))
		require.Contains(t, refused.Header.Get("Nats-Service-Error"), "quarantined until another version of it is deployed")
	}
	require.EqualValues(t, 1, n.pool.Stats().Stuck)
	save(t, dir, map[string]string{"stuck.js": "export default () => 'mended'"})
	for end := time.Now().Add(patience); string(ask(t, nc, "fn.stuck", "").Data) != "mended"; {
		require.Less(t, time.Now(), end, "the new version is not served")
		echo()
	}

	stopping, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, n.Stop(stopping))
	require.NoError(t, stopping.Err())
	require.Equal(t, 1, n.pool.Stats().StuckNow, "its thread is held, and nobody waits")
}
