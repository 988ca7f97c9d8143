package node

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestDeepJSON has functions parse 50 MB of brackets, which V8 does in one go that takes
// no interrupt for seconds: each call has exactly one outcome, a neighbour is served
// meanwhile, and the node serves on.
func TestDeepJSON(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("takes some ten seconds, and minutes under the race detector")
	}
	n, nc := serve(t, map[string]string{
		"arrays.js":  "export default () => { JSON.parse('['.repeat(50e6)); return 'parsed' }",
		"objects.js": `export default () => { JSON.parse('{"a":'.repeat(10e6)); return 'parsed' }`,
		"closed.js":  "export default () => { JSON.parse('['.repeat(25e6) + ']'.repeat(25e6)); return 'parsed' }",
		"echo.js":    "export default (msg) => msg.text()",
	}, nil)
	for _, name := range []string{"arrays", "objects", "closed"} {
		inbox, err := nc.SubscribeSync(nats.NewInbox())
		require.NoError(t, err)
		began := time.Now()
		require.NoError(t, nc.PublishRequest("fn."+name, inbox.Subject, nil))
		var answer *nats.Msg
		for served := 0; answer == nil; served++ {
			require.Less(t, time.Since(began), patience, "no answer; %d served meanwhile, %+v", served, n.pool.Stats())
			require.Equal(t, "hello", string(ask(t, nc, "fn.echo", "hello").Data))
			answer, _ = inbox.NextMsg(time.Millisecond)
		}
		outcome := outcomeOf(t, answer)
		require.Contains(t, []function.Outcome{function.Exception, function.ExceededCPU, function.ExceededMemory}, outcome)
		t.Logf("%s: %s after %s: %s", name, outcome, time.Since(began).Round(time.Millisecond), answer.Header.Get("Nats-Service-Error"))
		for range 10 {
			require.Equal(t, "hello", string(ask(t, nc, "fn.echo", "hello").Data))
		}
		_, err = inbox.NextMsg(10 * time.Millisecond)
		require.ErrorIs(t, err, nats.ErrTimeout, "a second answer")
		require.NoError(t, inbox.Unsubscribe())
	}
	// One that took longer than the runtime's grace was given up as stuck; it ends too.
	for end := time.Now().Add(patience); n.pool.Stats().StuckNow > 0; {
		require.Less(t, time.Now(), end, "a thread is left behind: %+v", n.pool.Stats())
		<-time.After(10 * time.Millisecond) // it has the lowest priority
	}
	require.Len(t, n.pool.Stats().Runtimes, 2)
}
