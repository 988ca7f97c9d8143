// Package tracing sends a node's spans to a collector, over OTLP.
//
//	t, err := tracing.Start(ctx, cfg, tracing.Service{Name: node, Version: v}, log)
//	...
//	deps.Tracer = t.Tracer()   // nil where tracing is off
//	...
//	err = t.Close(ctx)         // sends what waits
//
// What a span is about is said by those who make it (jsruntime/function/span). Here is the
// rest of OpenTelemetry: which traces are recorded (parent-based, a ratio of those that begin
// here), and a bounded queue that spans wait in. A span that finds it full is dropped and
// counted: a collector that is slow, or away, costs no call anything.
//
// The queue is ours, since the SDK's tells nobody how many spans it dropped.
//
// All methods are safe for concurrent use.
package tracing
