package config

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The standard's variables go over the file, and ours over them.
func TestStandardVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "isolane.yaml")
	require.NoError(t, os.WriteFile(file, []byte("tracing: { endpoint: http://file:4317, ratio: 0.5, queue: 1000 }\n"), 0o600))
	for name, c := range map[string]struct {
		environ []string
		want    func(*Tracing)
		origin  string // of the endpoint
	}{
		"none":             {nil, func(*Tracing) {}, file + ":1:22"},
		"empty":            {[]string{otelEndpoint + "="}, func(*Tracing) {}, file + ":1:22"},
		"endpoint":         {[]string{otelEndpoint + "=https://env"}, func(c *Tracing) { c.Endpoint = "https://env" }, "environment " + otelEndpoint},
		"of traces":        {[]string{otelEndpoint + "=http://a", otelEndpoint1 + "=http://b"}, func(c *Tracing) { c.Endpoint = "http://b" }, "environment " + otelEndpoint1},
		"ours wins":        {[]string{otelEndpoint + "=http://a", "ISOLANE_TRACING_ENDPOINT=http://ours"}, func(c *Tracing) { c.Endpoint = "http://ours" }, "environment ISOLANE_TRACING_ENDPOINT"},
		"http base":        {[]string{otelProtocol + "=http/protobuf", otelEndpoint + "=http://a:4318/x/"}, func(c *Tracing) { c.Protocol, c.Endpoint = "http", "http://a:4318/x/v1/traces" }, "environment " + otelEndpoint},
		"http whole":       {[]string{otelProtocol1 + "=http/protobuf", otelEndpoint1 + "=http://a:4318/x"}, func(c *Tracing) { c.Protocol, c.Endpoint = "http", "http://a:4318/x" }, "environment " + otelEndpoint1},
		"disabled":         {[]string{otelDisabled + "=TRUE", otelEndpoint + "=http://a"}, func(c *Tracing) { c.Endpoint = "" }, "environment " + otelDisabled},
		"no exporter":      {[]string{otelExporter + "=none"}, func(c *Tracing) { c.Endpoint = "" }, "environment " + otelExporter},
		"exporter":         {[]string{otelExporter + "=otlp"}, func(*Tracing) {}, file + ":1:22"},
		"all":              {[]string{otelSampler + "=always_on"}, func(c *Tracing) { c.Ratio, c.ParentBased = 1, false }, file + ":1:22"},
		"all, by parent":   {[]string{otelSampler + "=parentbased_always_on"}, func(c *Tracing) { c.Ratio = 1 }, file + ":1:22"},
		"off":              {[]string{otelSampler + "=parentbased_always_off"}, func(c *Tracing) { c.Ratio = 0 }, file + ":1:22"},
		"ratio":            {[]string{otelSampler + "=traceidratio", otelRatio + "=0.25"}, func(c *Tracing) { c.Ratio, c.ParentBased = 0.25, false }, file + ":1:22"},
		"ratio of all":     {[]string{otelSampler + "=parentbased_traceidratio"}, func(c *Tracing) { c.Ratio = 1 }, file + ":1:22"},
		"argument alone":   {[]string{otelRatio + "=0.25"}, func(*Tracing) {}, file + ":1:22"},
		"queue":            {[]string{"OTEL_BSP_MAX_QUEUE_SIZE=600", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=7", "OTEL_BSP_SCHEDULE_DELAY=250"}, func(c *Tracing) { c.Queue, c.Batch, c.Interval = 600, 7, 250*time.Millisecond }, file + ":1:22"},
		"something else's": {[]string{"OTEL_METRICS_EXPORTER=prometheus"}, func(*Tracing) {}, file + ":1:22"},
	} {
		t.Run(name, func(t *testing.T) {
			want := defaultTracing()
			want.Endpoint, want.Ratio, want.Queue = "http://file:4317", 0.5, 1000
			c.want(&want)
			l, err := Load(Sources{File: file, Environ: c.environ})
			require.NoError(t, err)
			require.Equal(t, want, l.Config.Tracing)
			require.Equal(t, c.origin, l.Origins["tracing.endpoint"].String())
		})
	}
	l, err := Load(Sources{NoFile: true, Environ: []string{otelExporter + "=otlp"}})
	require.NoError(t, err)
	require.Equal(t, "http://localhost:4317", l.Config.Tracing.Endpoint, "the standard's default")
	l, err = Load(Sources{NoFile: true, Environ: []string{otelExporter + "=otlp", otelProtocol + "=http/protobuf"}})
	require.NoError(t, err)
	require.Equal(t, "http://localhost:4318", l.Config.Tracing.Endpoint)
}

func TestTracingFaults(t *testing.T) {
	for pair, want := range map[string]string{
		otelProtocol + "=http/json":                   `OTEL_EXPORTER_OTLP_PROTOCOL: "http/json": Isolane knows grpc or http/protobuf`,
		otelExporter + "=zipkin":                      "Isolane knows otlp or none",
		otelSampler + "=jaeger_remote":                "always_on, always_off or traceidratio",
		otelEndpoint + "=collector:4317":              "the scheme must be http or https",
		otelEndpoint + "=http://":                     "names no host",
		otelEndpoint + "=http://key:secret@collector": "OTEL_EXPORTER_OTLP_HEADERS",
		otelEndpoint + "=http://collector?key=secret": "OTEL_EXPORTER_OTLP_HEADERS",
		"OTEL_BSP_SCHEDULE_DELAY=soon":                `"soonms" is not a duration`,
		"OTEL_BSP_MAX_QUEUE_SIZE=0":                   "must be 1 to",
		"ISOLANE_TRACING_RATIO=2":                     "must be 0 to 1",
		"ISOLANE_TRACING_RATIO=NaN":                   "must be 0 to 1",
		"ISOLANE_TRACING_RATIO=x":                     `"x" is not a number`,
		"ISOLANE_TRACING_PROTOCOL=udp":                "choose grpc or http",
		"ISOLANE_TRACING_BATCH=9000":                  "could never be full",
		"ISOLANE_TRACING_INTERVAL=1h":                 "must be 1ms to 1m",
	} {
		_, err := Load(Sources{NoFile: true, Environ: []string{pair}})
		require.ErrorIs(t, err, ErrInvalid, pair)
		require.ErrorContains(t, err, want, pair)
		require.NotContains(t, err.Error(), "secret", pair)
	}
}
