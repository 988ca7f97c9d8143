package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// scope names who made a span: the instrumentation.
const scope = "github.com/isolane/isolane"

// Service says whose spans these are.
type Service struct {
	// Name is the node's, Version that of the binary.
	Name, Version string
}

// Tracing is a running exporter. The zero value, and nil, makes no spans.
type Tracing struct {
	provider *sdktrace.TracerProvider
	queue    *queue
}

// Start begins to send spans as cfg says. It does not wait for the collector, which may come
// later. With tracing off it returns one that makes no spans.
func Start(ctx context.Context, cfg config.Tracing, service Service, log *slog.Logger) (*Tracing, error) {
	if !cfg.On() {
		return &Tracing{}, nil
	}
	exporter, err := newExporter(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	return With(ctx, exporter, cfg, service, log)
}

// With is Start with an exporter, which it owns.
func With(ctx context.Context, exporter sdktrace.SpanExporter, cfg config.Tracing, service Service, log *slog.Logger) (*Tracing, error) {
	described, err := describe(ctx, service)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("tracing: OTEL_RESOURCE_ATTRIBUTES: %w", err), exporter.Shutdown(ctx))
	}
	sampler := sdktrace.TraceIDRatioBased(cfg.Ratio)
	if cfg.ParentBased {
		sampler = sdktrace.ParentBased(sampler)
	}
	q := newQueue(exporter, cfg, log) //nolint:contextcheck // it lives until Close
	return &Tracing{queue: q, provider: sdktrace.NewTracerProvider(
		sdktrace.WithResource(described), sdktrace.WithSampler(sampler), sdktrace.WithSpanProcessor(q),
	)}, nil
}

// newExporter makes the client of a collector. What is not said here is said by OTEL_*
// variables, which its library reads.
func newExporter(ctx context.Context, cfg config.Tracing) (*otlptrace.Exporter, error) {
	if cfg.Protocol == config.ProtocolHTTP {
		to, err := url.Parse(cfg.Endpoint)
		if err != nil {
			return nil, err
		}
		if to.Path == "" || to.Path == "/" {
			to.Path = "/v1/traces"
		}
		return otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(to.String()))
	}
	return otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(cfg.Endpoint))
}

// describe says whose spans these are; what the environment says of it goes first.
func describe(ctx context.Context, service Service) (*resource.Resource, error) {
	return resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(
			attribute.String("service.name", "isolane"), attribute.String("service.version", service.Version),
			attribute.String("service.instance.id", service.Name), attribute.Int("process.pid", os.Getpid()),
		),
		resource.WithFromEnv(),
	)
}

// Tracer makes spans; nil where tracing is off.
func (t *Tracing) Tracer() trace.Tracer {
	if t == nil || t.provider == nil {
		return nil
	}
	return t.provider.Tracer(scope)
}

// Stats counts spans since Start.
type Stats struct {
	// Exported were taken by the collector, Dropped found the queue full, Failed were sent and
	// not taken. Queued wait.
	Exported, Dropped, Failed uint64
	Queued                    int
}

// Stats are all zero where tracing is off.
func (t *Tracing) Stats() Stats {
	if t == nil || t.queue == nil {
		return Stats{}
	}
	return t.queue.stats()
}

// Close sends what waits, within ctx, and ends the exporter. It is idempotent.
func (t *Tracing) Close(ctx context.Context) error {
	if t == nil || t.provider == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fmt.Errorf("tracing: send the last spans: %w", err)
	}
	return nil
}
