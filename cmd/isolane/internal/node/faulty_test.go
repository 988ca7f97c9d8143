package node

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// A call of the faulty function panics in its actor and is answered crashed; the supervisor
// starts the actor again, and others are served.
func TestFaulty(t *testing.T) {
	n, nc := serve(t, map[string]string{
		"hello.ts": hello,
		"bad.js":   `export default () => "it ran"`,
	}, func(c *config.Config) { c.Runtimes.Count, c.Runtimes.Faulty = 1, "bad" })
	for lost := 1; lost <= 3; lost++ {
		m := ask(t, nc, "fn.bad", "")
		require.Equal(t, function.Crashed, outcomeOf(t, m), "%v", m.Header)
		require.NotContains(t, string(m.Data), "it ran")
		require.Equal(t, function.OK, outcomeOf(t, ask(t, nc, "fn.hello", `{"name":"Ada"}`)))
		require.EqualValues(t, lost, n.pool.Stats().Lost)
	}
}
