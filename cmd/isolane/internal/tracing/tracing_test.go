package tracing

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/tracing/otlptest"
	"github.com/isolane/isolane/jsruntime/function/span"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var quiet = slog.New(slog.DiscardHandler)

// settings are the default ones, for a collector that is said by endpoint.
func settings(endpoint string) config.Tracing {
	cfg := config.DefaultConfig().Tracing
	cfg.Endpoint = endpoint
	return cfg
}

func TestOffMakesNothing(t *testing.T) {
	tr, err := Start(t.Context(), settings(""), Service{}, quiet)
	require.NoError(t, err)
	require.Nil(t, tr.Tracer())
	require.Zero(t, tr.Stats())
	require.NoError(t, tr.Close(t.Context()))
	var none *Tracing
	require.Nil(t, none.Tracer())
	require.NoError(t, none.Close(t.Context()))
}

// A real receiver gets the spans, in both protocols, also with variables of the standard.
func TestSpansReachACollector(t *testing.T) {
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20x")
	collector := otlptest.Start(t)
	for protocol, endpoint := range map[string]string{config.ProtocolGRPC: collector.GRPC, config.ProtocolHTTP: collector.HTTP} {
		cfg := settings(endpoint)
		cfg.Protocol = protocol
		tr, err := Start(t.Context(), cfg, Service{Name: "n1", Version: "v1"}, quiet)
		require.NoError(t, err)
		s := span.Begin(tr.Tracer(), trace.SpanContext{}, protocol, trace.SpanKindServer, time.Time{})
		s.End()
		require.NoError(t, tr.Close(t.Context()), "the last spans are sent")
		require.NoError(t, tr.Close(t.Context()))
		require.Equal(t, Stats{Exported: 1}, tr.Stats())
	}
	spans := collector.Spans()
	require.Len(t, spans, 2)
	for _, s := range spans {
		require.Equal(t, "isolane", s.Resource["service.name"])
		require.Equal(t, "n1", s.Resource["service.instance.id"])
		require.Equal(t, "v1", s.Resource["service.version"])
		require.Equal(t, "test", s.Resource["deployment.environment.name"])
	}
	require.Equal(t, "Bearer x", collector.Headers()[0].Get("Authorization"))
}

// exporter is in memory; it waits at each batch where gate is set.
type exporter struct {
	gate chan struct{}
	err  error

	mu    sync.Mutex
	sizes []int
	names []string
}

func (e *exporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	if e.gate != nil {
		select {
		case <-e.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sizes = append(e.sizes, len(spans))
	for _, s := range spans {
		e.names = append(e.names, s.Name())
	}
	return e.err
}

func (*exporter) Shutdown(context.Context) error { return nil }

func (e *exporter) seen() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string(nil), e.names...)
}

// A collector that takes nothing costs spans, which are counted, and holds nobody up.
func TestFullQueueDropsAndCounts(t *testing.T) {
	cfg := settings("http://x")
	cfg.Queue, cfg.Batch, cfg.Interval = 10, 5, time.Hour
	out := &exporter{gate: make(chan struct{})}
	tr, err := With(t.Context(), out, cfg, Service{}, quiet)
	require.NoError(t, err)
	const made = 100
	for range made { // it returns, so nothing waits
		span.Begin(tr.Tracer(), trace.SpanContext{}, "s", trace.SpanKindInternal, time.Time{}).End()
	}
	st := tr.Stats()
	require.GreaterOrEqual(t, st.Dropped, uint64(made-cfg.Queue-2*cfg.Batch))
	require.Less(t, st.Dropped, uint64(made))
	close(out.gate)
	require.NoError(t, tr.Close(t.Context()))
	st = tr.Stats()
	require.Equal(t, uint64(made), st.Exported+st.Dropped, "none is lost without being counted")
	require.Len(t, out.seen(), int(st.Exported)) //nolint:gosec // a hundred at most
	for _, size := range out.sizes {
		require.LessOrEqual(t, size, cfg.Batch)
	}
	span.Begin(tr.Tracer(), trace.SpanContext{}, "late", trace.SpanKindInternal, time.Time{}).End()
}

// A collector that refuses is told of once, with what to look at; its spans are counted.
func TestRefusedSpansAreCounted(t *testing.T) {
	var lines bytes.Buffer
	cfg := settings("http://x")
	cfg.Batch = 1
	tr, err := With(t.Context(), &exporter{err: errors.New("no such path")}, cfg, Service{}, slog.New(slog.NewTextHandler(&lines, nil)))
	require.NoError(t, err)
	for range 5 {
		span.Begin(tr.Tracer(), trace.SpanContext{}, "s", trace.SpanKindInternal, time.Time{}).End()
	}
	require.NoError(t, tr.Close(t.Context()))
	require.Equal(t, Stats{Failed: 5}, tr.Stats())
	require.Equal(t, 1, strings.Count(lines.String(), "no such path"), lines.String())
	require.Contains(t, lines.String(), "tracing.endpoint")
}

// An end that is in a hurry does not wait for a collector that hangs.
func TestCloseGivesUp(t *testing.T) {
	tr, err := With(t.Context(), &exporter{gate: make(chan struct{})}, settings("http://x"), Service{}, quiet)
	require.NoError(t, err)
	span.Begin(tr.Tracer(), trace.SpanContext{}, "s", trace.SpanKindInternal, time.Time{}).End()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, tr.Close(ctx), context.DeadlineExceeded)
	require.Equal(t, Stats{Failed: 1}, tr.Stats())
}

func TestFlushSendsWhatWaits(t *testing.T) {
	cfg := settings("http://x")
	cfg.Interval = time.Hour
	out := &exporter{}
	tr, err := With(t.Context(), out, cfg, Service{}, quiet)
	require.NoError(t, err)
	span.Begin(tr.Tracer(), trace.SpanContext{}, "s", trace.SpanKindInternal, time.Time{}).End()
	require.NoError(t, tr.provider.ForceFlush(t.Context()))
	require.Equal(t, []string{"s"}, out.seen())
	require.NoError(t, tr.Close(t.Context()))
	require.NoError(t, tr.queue.ForceFlush(t.Context()))
}

// Which traces are recorded: a ratio of those that begin here, and those whose parent is.
func TestSampling(t *testing.T) {
	parent := func(flags string) trace.SpanContext {
		return span.Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-"+flags, "")
	}
	for name, c := range map[string]struct {
		ratio  float64
		based  bool
		parent trace.SpanContext
		want   bool
	}{
		"root, all":                         {1, true, trace.SpanContext{}, true},
		"root, none":                        {0, true, trace.SpanContext{}, false},
		"sampled parent, none":              {0, true, parent("01"), true},
		"parent not sampled, all":           {1, true, parent("00"), false},
		"sampled parent, not asked, none":   {0, false, parent("01"), false},
		"parent not sampled, not asked all": {1, false, parent("00"), true},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := settings("http://x")
			cfg.Ratio, cfg.ParentBased = c.ratio, c.based
			tr, err := With(t.Context(), &exporter{}, cfg, Service{}, quiet)
			require.NoError(t, err)
			s := span.Begin(tr.Tracer(), c.parent, "s", trace.SpanKindServer, time.Time{})
			require.Equal(t, c.want, s.IsRecording())
			require.Equal(t, c.want, s.SpanContext().IsSampled(), "what follows is told")
			require.True(t, s.SpanContext().IsValid(), "also where it is not recorded")
			s.End()
			require.NoError(t, tr.Close(t.Context()))
			require.Equal(t, c.want, tr.Stats().Exported == 1)
		})
	}
}
