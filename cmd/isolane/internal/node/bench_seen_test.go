package node

import (
	"bytes"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/tracing/otlptest"
)

// BenchmarkSeen is what it costs that calls can be followed: the CPU of an echo through a
// node, client and server included, with receipts and with spans beside that of a node with
// neither. The nodes take turns within one run, and the ratio is the median of the rounds',
// so that a busy machine disturbs all alike. The collector is in the process, and its CPU in
// the figures of those that send it something.
func BenchmarkSeen(b *testing.B) {
	const callers, calls = 16, 2000
	payload := bytes.Repeat([]byte("x"), 64)
	collector := otlptest.Start(b)
	kinds := []struct {
		name      string
		configure func(*config.Config)
	}{
		{"bare", func(c *config.Config) { c.NATS.Receipts = false }},
		{"again", func(c *config.Config) { c.NATS.Receipts = false }}, // what chance makes of the same
		{"receipts", func(*config.Config) {}},
		{"ratio=0", func(c *config.Config) { c.Tracing.Endpoint, c.Tracing.Ratio = collector.GRPC, 0 }},
		{"ratio=0.01", func(c *config.Config) { c.Tracing.Endpoint, c.Tracing.Ratio = collector.GRPC, 0.01 }},
		{"ratio=1", func(c *config.Config) { c.Tracing.Endpoint, c.Tracing.Ratio = collector.GRPC, 1 }},
	}
	conns := make([]*nats.Conn, len(kinds))
	for i, k := range kinds {
		_, conns[i] = serve(b, map[string]string{"echo.js": `export default (m) => m.text()`}, func(c *config.Config) {
			c.HTTP.Listen = config.HTTPOff
			k.configure(c)
		})
	}
	round := func(nc *nats.Conn) time.Duration {
		before := cpuTime(b)
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				for range calls / callers {
					if m, err := nc.Request("fn.echo", payload, patience); err != nil || len(m.Data) != len(payload) {
						b.Error("wrong reply", err)
						return
					}
				}
			})
		}
		wg.Wait()
		return cpuTime(b) - before
	}
	for _, nc := range conns {
		round(nc) // warm
	}
	ratios := make([][]float64, len(kinds))
	var bare []float64
	b.ResetTimer()
	for n := 0; b.Loop(); n++ {
		spent := make([]float64, len(kinds))
		for i := range kinds {
			at := (i + n) % len(kinds) // each is first as often as last
			spent[at] = float64(round(conns[at]))
		}
		bare = append(bare, spent[0]/calls)
		for i := range kinds {
			ratios[i] = append(ratios[i], spent[i]/spent[0])
		}
	}
	b.ReportMetric(median(bare)/1000, "bare-us/call")
	for i, k := range kinds[1:] {
		b.ReportMetric(median(ratios[i+1]), k.name)
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
