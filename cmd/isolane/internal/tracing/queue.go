package tracing

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/time/rate"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

const (
	// sendPatience bounds one batch, all tries included.
	sendPatience = 10 * time.Second
	// sayEvery is how often it is logged that spans are lost.
	sayEvery = time.Minute
)

// queue is the bounded queue that spans wait in, and the one goroutine that sends them.
type queue struct {
	exporter sdktrace.SpanExporter
	batch    int
	interval time.Duration
	log      *slog.Logger
	lines    *rate.Limiter

	spans chan sdktrace.ReadOnlySpan
	// flushes ask for all that waits to be sent; each channel is closed when that was done.
	flushes chan chan struct{}

	exported, dropped, failed atomic.Uint64

	// life ends when nobody waits for the last batches any more.
	life    context.Context //nolint:containedctx // of the queue's own goroutine
	cut     context.CancelFunc
	closing sync.Once
	quit    chan struct{} // closed to end run, which sends what waits first
	ended   chan struct{} // closed when it has
	err     error         // of the exporter's end; written before ended is closed
}

var _ sdktrace.SpanProcessor = (*queue)(nil)

func newQueue(exporter sdktrace.SpanExporter, cfg config.Tracing, log *slog.Logger) *queue {
	q := &queue{
		exporter: exporter, batch: cfg.Batch, interval: cfg.Interval, log: log,
		lines:   rate.NewLimiter(rate.Every(sayEvery), 1),
		spans:   make(chan sdktrace.ReadOnlySpan, cfg.Queue),
		flushes: make(chan chan struct{}), quit: make(chan struct{}), ended: make(chan struct{}),
	}
	q.life, q.cut = context.WithCancel(context.Background())
	go q.run()
	return q
}

// OnStart implements sdktrace.SpanProcessor.
func (*queue) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd implements sdktrace.SpanProcessor: it never blocks.
func (q *queue) OnEnd(s sdktrace.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	select {
	case <-q.quit:
		q.dropped.Add(1)
		return
	default:
	}
	select {
	case q.spans <- s:
	default:
		q.dropped.Add(1)
	}
}

// ForceFlush implements sdktrace.SpanProcessor.
func (q *queue) ForceFlush(ctx context.Context) error {
	done := make(chan struct{})
	select {
	case q.flushes <- done:
	case <-q.ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case <-done:
		return nil
	case <-q.ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Shutdown implements sdktrace.SpanProcessor. What is not sent when ctx ends is counted as
// failed.
func (q *queue) Shutdown(ctx context.Context) error {
	q.closing.Do(func() { close(q.quit) })
	select {
	case <-q.ended:
		return q.err
	case <-ctx.Done():
		q.cut()
		<-q.ended
		return context.Cause(ctx)
	}
}

// run sends spans until quit is closed.
func (q *queue) run() {
	defer close(q.ended)
	defer q.cut()
	batch := make([]sdktrace.ReadOnlySpan, 0, q.batch)
	ticker := time.NewTicker(q.interval)
	defer ticker.Stop()
	for {
		select {
		case s := <-q.spans:
			if batch = append(batch, s); len(batch) == q.batch {
				batch = q.send(batch)
			}
		case <-ticker.C:
			batch = q.send(batch)
		case done := <-q.flushes:
			batch = q.sendAll(batch)
			close(done)
		case <-q.quit:
			q.sendAll(batch)
			ending, cancel := context.WithTimeout(q.life, sendPatience)
			defer cancel()
			q.err = q.exporter.Shutdown(ending)
			return
		}
	}
}

// sendAll sends batch and what waits.
func (q *queue) sendAll(batch []sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	for {
		select {
		case s := <-q.spans:
			if batch = append(batch, s); len(batch) == q.batch {
				batch = q.send(batch)
			}
		default:
			return q.send(batch)
		}
	}
}

// send sends a batch, and returns it empty.
func (q *queue) send(batch []sdktrace.ReadOnlySpan) []sdktrace.ReadOnlySpan {
	if len(batch) == 0 {
		return batch
	}
	sending, cancel := context.WithTimeout(q.life, sendPatience)
	defer cancel()
	n := uint64(len(batch))
	if err := q.exporter.ExportSpans(sending, batch); err != nil {
		q.failed.Add(n)
		if q.lines.Allow() {
			q.log.Warn("spans are lost: is the collector there, and does it take OTLP in this protocol? See tracing.endpoint and tracing.protocol",
				slog.Any("error", err), slog.Uint64("failed", q.failed.Load()), slog.Uint64("dropped", q.dropped.Load()))
		}
	} else {
		q.exported.Add(n)
	}
	clear(batch) // the spans are to be collected
	return batch[:0]
}

func (q *queue) stats() Stats {
	return Stats{Exported: q.exported.Load(), Dropped: q.dropped.Load(), Failed: q.failed.Load(), Queued: len(q.spans)}
}
