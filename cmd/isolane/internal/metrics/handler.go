package metrics

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// maxScrapes bounds how many scrapes are served at a time.
const maxScrapes = 4

// Handler serves the metrics of src, with those of the process and of Go's runtime.
func Handler(src Sources, cfg Config, log *slog.Logger) (http.Handler, error) {
	registry := prometheus.NewRegistry()
	for _, c := range []prometheus.Collector{
		newCollector(src, cfg),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	} {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("metrics: register: %w", err)
		}
	}
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog: logged{log}, ErrorHandling: promhttp.HTTPErrorOnError,
		MaxRequestsInFlight: maxScrapes, Timeout: cfg.Patience, EnableOpenMetrics: true,
	}), nil
}

// logged is promhttp.Logger.
type logged struct{ log *slog.Logger }

// Println implements promhttp.Logger.
func (l logged) Println(v ...any) {
	l.log.Error("metrics cannot be shown", slog.String("error", fmt.Sprint(v...)))
}
