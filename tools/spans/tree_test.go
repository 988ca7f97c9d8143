package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
)

func spanOf(name, id, parent string, from uint64) *otlp.Span {
	return &otlp.Span{TraceId: []byte{1}, SpanId: []byte(id), ParentSpanId: []byte(parent), Name: name, StartTimeUnixNano: from, EndTimeUnixNano: from + 2000}
}

func exportOf(spans ...*otlp.Span) *collector.ExportTraceServiceRequest {
	return &collector.ExportTraceServiceRequest{ResourceSpans: []*otlp.ResourceSpans{{ScopeSpans: []*otlp.ScopeSpans{{Spans: spans}}}}}
}

// TestTree: children stand below their parents in order, and nothing that comes can hang it, get
// lost, or steer the terminal.
func TestTree(t *testing.T) {
	now := time.Now()
	ts := traces{}
	ts.add(exportOf(spanOf("second", "c", "a", 2000), spanOf("first\x1b[2J", "b", "a", 1000), spanOf("root", "a", "", 500), spanOf("orphan", "d", "x", 3000)), now)
	require.Empty(t, ts.take(now.Add(-time.Second)), "more may come")
	require.Equal(t, "trace 01\n  root    2µs\n    first [2J    2µs\n    second    2µs\n  orphan    2µs\n", ts.take(now))
	require.Empty(t, ts)
	ts.add(exportOf(spanOf("self", "a", "a", 0), spanOf("round", "b", "c", 0), spanOf("and", "c", "b", 0)), now)
	require.Contains(t, ts.take(now), "self")
	for range maxTraces + 1 {
		s := spanOf("many", "a", "", 0)
		s.TraceId = []byte(time.Duration(len(ts)).String())
		ts.add(exportOf(s), now)
	}
	require.Len(t, ts, maxTraces)
}

func TestServe(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	require.NoError(t, serve(ctx, []string{"127.0.0.1:0"}, &out))
	require.ErrorContains(t, serve(t.Context(), []string{"a", "b"}, &out), "one address")
	require.ErrorContains(t, serve(t.Context(), []string{"nowhere"}, &out), "listen")
}
