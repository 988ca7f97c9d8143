package node

import (
	"log/slog"
	"os"
	"runtime"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// SpareProcessors lets as many goroutines run beside JavaScript as there are CPUs, and
// returns cfg with what is otherwise derived from that number. It changes the whole
// process: a main calls it once, before Start.
//
// A turn is a call into C, and keeps its processor (Go's P) until sysmon, which looks each
// 20 us to 10 ms, takes it away. With as many runtimes as processors, a goroutine that
// becomes ready meanwhile, be it the one that reads from NATS, waits for that, though the
// kernel would give it a CPU at once. So each runtime has a processor of its own, and the
// node those it had. Who sets GOMAXPROCS in the environment keeps it.
func SpareProcessors(cfg config.Config, log *slog.Logger) config.Config {
	cpus := runtime.GOMAXPROCS(0)
	cfg.Runtimes.Count = cfg.RuntimeCount()
	if cfg.Cluster.Weight == 0 {
		cfg.Cluster.Weight = cpus
	}
	if os.Getenv("GOMAXPROCS") != "" {
		return cfg
	}
	n := processors(cpus, cfg.Runtimes.Count)
	runtime.GOMAXPROCS(n)
	log.Debug("processors", slog.Int("cpus", cpus), slog.Int("gomaxprocs", n))
	return cfg
}

// processors is how many goroutines may run at once with so many CPUs and runtimes. The
// collector takes a quarter of them while it works, so there is a bound.
func processors(cpus, runtimes int) int { return cpus + min(runtimes, 2*cpus) }
