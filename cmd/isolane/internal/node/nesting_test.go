package node

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// TestDeepJSON has functions parse 50 MB of brackets, which V8 does in one go that takes
// no interrupt for seconds: each call has exactly one outcome, a neighbour is served
// meanwhile, and the node serves on. How long that takes is the machine's: nothing here
// gives up before go test does.
func TestDeepJSON(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("takes some ten seconds, and minutes under the race detector")
	}
	n, nc := serve(t, map[string]string{
		"arrays.js":  "export default () => { JSON.parse('['.repeat(50e6)); return 'parsed' }",
		"objects.js": `export default () => { JSON.parse('{"a":'.repeat(10e6)); return 'parsed' }`,
		"closed.js":  "export default () => { JSON.parse('['.repeat(25e6) + ']'.repeat(25e6)); return 'parsed' }",
		"echo.js":    "export default (msg) => msg.text()",
	}, func(c *config.Config) { c.Limits.Wall = time.Hour })
	for _, name := range []string{"arrays", "objects", "closed"} {
		inbox, err := nc.SubscribeSync(nats.NewInbox())
		require.NoError(t, err)
		require.NoError(t, nc.PublishRequest("fn."+name, inbox.Subject, nil))
		answered := func() bool {
			pending, _, err := inbox.Pending()
			require.NoError(t, err)
			return pending > 0
		}
		served := 0
		for ; !answered(); served++ { // each round waits for the node
			require.Equal(t, "hello", string(ask(t, nc, "fn.echo", "hello").Data))
		}
		answer, err := inbox.NextMsg(patience)
		require.NoError(t, err)
		outcome := outcomeOf(t, answer)
		require.Contains(t, []function.Outcome{function.Exception, function.ExceededCPU, function.ExceededMemory}, outcome)
		t.Logf("%s: %s beside %d served: %s", name, outcome, served, answer.Header.Get("Nats-Service-Error"))
		for range 10 {
			require.Equal(t, "hello", string(ask(t, nc, "fn.echo", "hello").Data))
		}
		require.False(t, answered(), "a second answer")
		require.NoError(t, inbox.Unsubscribe())
	}
	// One that took longer than the runtime's grace was given up as stuck; it ends too, but
	// its thread has the lowest priority.
	for tick := time.NewTicker(10 * time.Millisecond); n.pool.Stats().StuckNow > 0; {
		<-tick.C
	}
	require.Len(t, n.pool.Stats().Runtimes, 2)
}
