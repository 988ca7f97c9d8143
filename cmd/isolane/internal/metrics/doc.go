// Package metrics shows what a node counts to Prometheus.
//
//	handler, err := metrics.Handler(metrics.Sources{Pool: pool.Stats, ...}, metrics.DefaultConfig(), log)
//	mux.Handle("GET /metrics", handler)
//
// Nothing is counted here: each scrape reads the snapshots that the parts keep anyway, so
// that a call costs the same whether somebody scrapes or not. Names are those of the
// Prometheus conventions (isolane_ in front, base units, _total for what only grows); list.go
// has all of them, and docs/operations.md.
//
// How many series there are is bounded: the busiest functions have their own
// (Config.Functions), all others share one, called _other; see package top. Buckets of the
// durations carry exemplars, the ids of traces that the calls came with, for who asks for
// OpenMetrics.
//
// A Handler is safe for concurrent use. Not for: traces, logs.
package metrics
