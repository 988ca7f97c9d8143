package node

import (
	"log/slog"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

func TestProcessors(t *testing.T) {
	for _, c := range []struct{ cpus, runtimes, want int }{
		{2, 1, 3}, {2, 2, 4}, {2, 4, 6}, {2, 100, 6}, {1, 1, 2}, {64, 64, 128},
	} {
		require.Equal(t, c.want, processors(c.cpus, c.runtimes), "%+v", c)
	}
}

// What is derived from the number of CPUs is not derived from the raised one, however often.
func TestSpareProcessors(t *testing.T) {
	cpus := keepProcessors(t)
	cfg := SpareProcessors(config.DefaultConfig(), slog.New(slog.DiscardHandler))
	require.Equal(t, processors(cpus, cpus), runtime.GOMAXPROCS(0))
	require.Equal(t, cpus, cfg.Runtimes.Count)
	require.Equal(t, cpus, cfg.Cluster.Weight)
	require.Equal(t, cpus, cfg.RuntimeCount())
}

func TestWhoSetsProcessorsKeepsThem(t *testing.T) {
	cpus := keepProcessors(t)
	t.Setenv("GOMAXPROCS", "3")
	cfg := config.DefaultConfig()
	cfg.Runtimes.Count, cfg.Cluster.Weight = 7, 9
	cfg = SpareProcessors(cfg, slog.New(slog.DiscardHandler))
	require.Equal(t, cpus, runtime.GOMAXPROCS(0))
	require.Equal(t, 7, cfg.Runtimes.Count)
	require.Equal(t, 9, cfg.Cluster.Weight)
}

// keepProcessors has the processors put back after the test, and returns how many there are.
func keepProcessors(tb testing.TB) int {
	tb.Helper()
	n := runtime.GOMAXPROCS(0)
	tb.Cleanup(func() { runtime.GOMAXPROCS(n) })
	tb.Setenv("GOMAXPROCS", "")
	return n
}
