package node

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// TestDeepJSON has functions parse 50 MB of brackets, for which V8 would take gigabytes
// outside its heap, in one go that takes no interrupt for seconds: each call is refused, a
// neighbour is served meanwhile, and the node serves on. How long that takes is the
// machine's: nothing here gives up before go test does.
func TestDeepJSON(t *testing.T) {
	n, nc := serve(t, map[string]string{
		"arrays.js":  "export default () => { JSON.parse('['.repeat(50e6)); return 'parsed' }",
		"objects.js": `export default () => { JSON.parse('{"a":'.repeat(10e6)); return 'parsed' }`,
		"closed.js":  "export default () => { JSON.parse('['.repeat(25e6) + ']'.repeat(25e6)); return 'parsed' }",
		"echo.js":    "export default (msg) => msg.text()",
	}, func(c *config.Config) { c.Limits.Wall, c.Limits.CPU = time.Hour, time.Minute })
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
		require.Equal(t, function.Exception, outcomeOf(t, answer), "%s, beside %d served", name, served)
		require.Contains(t, answer.Header.Get("Nats-Service-Error"), "RangeError: JSON.parse: nested more than 1048576 deep")
		for range 10 {
			require.Equal(t, "hello", string(ask(t, nc, "fn.echo", "hello").Data))
		}
		require.False(t, answered(), "a second answer")
		require.NoError(t, inbox.Unsubscribe())
	}
	require.Zero(t, n.pool.Stats().Lost)
	require.Len(t, n.pool.Stats().Runtimes, 2)
}
