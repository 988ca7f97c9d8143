package metrics

import (
	"runtime"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/isolane/isolane/cmd/isolane/internal/metrics/top"
)

// collector reads the sources at each scrape.
type collector struct {
	src   Sources
	descs map[string]*prometheus.Desc

	mu       sync.Mutex // one scrape at a time; guards what follows
	perCall  *top.Set
	triggers *ledger
	answered *ledger
}

func newCollector(src Sources, cfg Config) *collector {
	return &collector{src: src, descs: descs(), perCall: top.New(cfg.Functions), triggers: newLedger(), answered: newLedger()}
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := sink{to: to, descs: c.descs}
	out.gauge(buildInfo, 1, c.src.Version, runtime.Version())
	out.gauge(ready, truth(c.src.Ready()))
	if limit := c.src.MemoryLimit(); limit > 0 {
		out.gauge(memoryLimit, float64(limit))
	}
	c.pool(out)
	c.functions(out)
	c.bridge(out)
	c.host(out)
	c.buckets(out)
	c.tracing(out)
	c.streams(out)
	c.schedules(out)
	c.cluster(out)
}

// sink sends metrics.
type sink struct {
	to    chan<- prometheus.Metric
	descs map[string]*prometheus.Desc
}

func (s sink) counter(name string, v uint64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(s.descs[name], prometheus.CounterValue, float64(v), labels...)
}

func (s sink) seconds(name string, v float64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(s.descs[name], prometheus.CounterValue, v, labels...)
}

func (s sink) gauge(name string, v float64, labels ...string) {
	s.to <- prometheus.MustNewConstMetric(s.descs[name], prometheus.GaugeValue, v, labels...)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
