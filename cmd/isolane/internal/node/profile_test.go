package node

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/cpuprofile"
)

// profiled asks the node for a profile as the command does.
func profiled(t *testing.T, nc *nats.Conn, wanted admin.ProfileWanted) admin.Profiled {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	answers, err := admin.Ask[admin.Profiled](ctx, nc, admin.ProfileOf, "test", wanted)
	require.NoError(t, err)
	require.Len(t, answers, 1)
	return answers[0]
}

// keepCalling calls functions, one after the other, until the test's end.
func keepCalling(t *testing.T, nc *nats.Conn, names ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			for _, name := range names {
				_, _ = nc.RequestWithContext(ctx, "fn."+name, nil)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

var profileFiles = map[string]string{
	"hot.ts": `// a line of the author's
interface Sum { n: number }
function burn(n: number): number {
	let s: Sum = { n: 0 };
	for (let i = 0; i < n; i++) s.n = (s.n * 31 + i) % 1000003;
	return s.n;
}
function rarely(): number { return 1 }
export default () => burn(300000) + rarely();
`,
	"secret.ts": `function hidden() { let n = 0; for (let i = 0; i < 100000; i++) n += i % 7; return n }
export default () => hidden();`,
	"fresh.ts": `export default () => 1`, "fresh.yaml": `isolation: isolate`,
	"light.ts": `export default () => 1`, "light.yaml": `engine: quickjs`,
	"own.ts": `export default () => { let n = 0; for (let i = 0; i < 1e6; i++) n += i % 7; return n }`, "own.yaml": `dedicated: true`,
}

// A function that computes is in its profile, where its author wrote it; what other functions
// do is not told. Without a profile nothing goes on, and another one can be taken.
func TestProfile(t *testing.T) {
	_, nc := serve(t, profileFiles, func(c *config.Config) { c.Runtimes.Count = 1 })
	defer keepCalling(t, nc, "hot", "secret")()
	for range 2 {
		got := profiled(t, nc, admin.ProfileWanted{Function: "hot", Seconds: 0.5})
		require.Empty(t, got.Error)
		require.Equal(t, "test", got.Node)
		require.Equal(t, 1, got.Runtimes)
		p, err := cpuprofile.Parse(got.Profile)
		require.NoError(t, err)
		require.NotEmpty(t, p.Samples)
		require.Equal(t, p.Hits(), got.Hits)
		require.NotContains(t, string(got.Profile), "hidden")
		burnt := 0
		for _, n := range p.Nodes {
			if n.CallFrame.URL != "hot.ts" {
				continue
			}
			burnt += n.HitCount
			switch n.CallFrame.FunctionName { // what V8 has inlined counts for its caller
			case "burn":
				require.Equal(t, 2, n.CallFrame.LineNumber, "the third line, from 0")
			case "hot_default":
				require.Equal(t, 8, n.CallFrame.LineNumber)
			default:
				require.Equal(t, "rarely", n.CallFrame.FunctionName)
			}
		}
		require.Greater(t, burnt, got.Hits/2, string(got.Profile))
		require.Greater(t, burnt, 3)
	}
}

func TestProfileOfDedicated(t *testing.T) {
	_, nc := serve(t, profileFiles, nil)
	defer keepCalling(t, nc, "own")()
	require.Eventually(t, func() bool {
		got := profiled(t, nc, admin.ProfileWanted{Function: "own", Seconds: 0.3})
		return got.Error == "" && got.Runtimes == 1 && got.Hits > 0
	}, patience, time.Millisecond)
}

// Two at a time would disturb one another; what cannot be profiled says why.
func TestProfileRefuses(t *testing.T) {
	n, nc := serve(t, profileFiles, nil)
	for want, wanted := range map[string]admin.ProfileWanted{
		"isolate of its own":  {Function: "fresh", Seconds: 1},
		"no profiler":         {Function: "light", Seconds: 1},
		"no function":         {Function: "nobody", Seconds: 1},
		"up to 60 seconds":    {Function: "hot", Seconds: 61},
		"over 0 and up to 60": {Function: "hot"},
	} {
		require.Contains(t, profiled(t, nc, wanted).Error, want)
	}
	n.profiling.Lock()
	require.Contains(t, profiled(t, nc, admin.ProfileWanted{Function: "hot", Seconds: 1}).Error, "another profile")
	n.profiling.Unlock()
	_, err := admin.Ask[admin.Profiled](t.Context(), nc, admin.ProfileOf, "", admin.ProfileWanted{})
	require.ErrorIs(t, err, admin.ErrNoNode, "of a node that is named only")
}

// An isolate that is lost under a profile, and a node that ends, take it along.
func TestProfileEndsWithItsIsolate(t *testing.T) {
	n, nc := serve(t, map[string]string{
		"endless.ts": `export default () => { for (;;); }`, "endless.yaml": `limits: { cpu: 50ms }`,
	}, func(c *config.Config) { c.Runtimes.Count, c.Runtimes.Quarantine = 1, 1000 })
	stop := keepCalling(t, nc, "endless")
	got := profiled(t, nc, admin.ProfileWanted{Function: "endless", Seconds: 0.5})
	require.Contains(t, got.Error, "no profile")
	stop()
	answer := make(chan admin.Profiled, 1)
	go func() { answer <- n.profile(admin.ProfileWanted{Function: "endless", Seconds: 60}) }()
	n.dies()
	<-answer // long before a minute
}
