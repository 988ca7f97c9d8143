package node

import (
	"log/slog"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// floodOf is how many messages a flood has.
func floodOf() int {
	if raceDetector {
		return 10_000
	}
	return 100_000
}

// calls has one caller call subject n times, and returns how long each took, sorted.
func calls(tb testing.TB, nc *nats.Conn, subject string, n int) []time.Duration {
	tb.Helper()
	all := make([]time.Duration, 0, n)
	pause := time.NewTicker(2 * time.Millisecond)
	defer pause.Stop()
	for range n {
		began := time.Now()
		m, err := nc.Request(subject, []byte("x"), patience)
		require.NoError(tb, err)
		require.Equal(tb, function.OK, outcomeOf(tb, m), "%v", m.Header)
		all = append(all, time.Since(began))
		<-pause.C
	}
	slices.Sort(all)
	return all
}

// flood has floodOf messages for subject wait in the node's queue.
func flood(tb testing.TB, n *Node, nc *nats.Conn, subject string) {
	tb.Helper()
	for sent := 1; sent <= floodOf(); sent++ {
		require.NoError(tb, nc.Publish(subject, []byte("x")))
		if sent%10_000 > 0 && sent < floodOf() {
			continue
		}
		// No faster than they are taken on: the NATS client would drop some.
		require.NoError(tb, nc.Flush())
		for end := time.Now().Add(patience); int(n.bridge.Stats().Accepted) < sent; {
			require.Less(tb, time.Now(), end, "%+v", n.bridge.Stats())
		}
	}
}

// beside measures what a calm function's calls take by themselves, and while another one
// has a flood of messages queued, of a fifth of a millisecond each. It returns how many of
// these were still queued at the end.
func beside(tb testing.TB) (alone, flooded []time.Duration, left int) {
	tb.Helper()
	n, nc := serve(tb, map[string]string{
		"calm.js":  "export default (m) => m.text()",
		"flood.js": "export default (m) => { const end = performance.now() + 0.2; while (performance.now() < end); }",
	}, func(c *config.Config) {
		c.Limits.CPU, c.Limits.Wall = 10*time.Second, time.Hour
		c.Runtimes.Queue, c.Runtimes.ShedTarget = 2*floodOf(), 0
	})
	ask(tb, nc, "fn.calm", "x")
	ask(tb, nc, "fn.flood", "x")
	const samples = 500
	alone = calls(tb, nc, "fn.calm", samples)
	flood(tb, n, nc, "fn.flood")
	flooded = calls(tb, nc, "fn.calm", samples)
	left = n.pool.Load().Queue
	require.True(tb, n.pool.Remove("flood"), "or the end waits for all of it")
	return alone, flooded, left
}

func p99(sorted []time.Duration) time.Duration { return sorted[len(sorted)*99/100] }

// TestAFloodIsNotEveryonesTrouble: 100,000 messages for one function are queued, and
// another one's calls are served: not behind them, which would take ten seconds each. How
// long they take is BenchmarkFlood's to say; here the bound is one that a queue that is
// first in, first out could not hold.
func TestAFloodIsNotEveryonesTrouble(t *testing.T) {
	alone, flooded, left := beside(t)
	t.Logf("calm, p99: alone %s; beside the flood %s, %.1f times; of the flood %d were left at the end",
		p99(alone), p99(flooded), float64(p99(flooded))/float64(p99(alone)), left)
	require.Greater(t, left, floodOf()/10, "the flood was there all the time")
	require.Less(t, flooded[len(flooded)/2], 50*p99(alone), "the middle call beside the flood")
}

// BenchmarkFlood prints by how much a flood of one function delays another. GOMAXPROCS in
// the environment is kept, to compare.
func BenchmarkFlood(b *testing.B) {
	cpus := runtime.GOMAXPROCS(0)
	b.Cleanup(func() { runtime.GOMAXPROCS(cpus) })
	SpareProcessors(config.DefaultConfig(), slog.New(slog.DiscardHandler)) // as a node's own process does
	for b.Loop() {
		alone, flooded, _ := beside(b)
		b.ReportMetric(float64(p99(alone).Microseconds()), "alone-p99-us")
		b.ReportMetric(float64(p99(flooded).Microseconds()), "flooded-p99-us")
		b.ReportMetric(float64(p99(flooded))/float64(p99(alone)), "ratio")
	}
}
