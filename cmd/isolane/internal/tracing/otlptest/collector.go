// Package otlptest is a collector of spans for tests: it takes OTLP over gRPC and over HTTP, as
// those that people run do, and keeps what came.
package otlptest

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// Span is a span as it came, its ids in hexadecimal.
type Span struct {
	Trace, ID, Parent string
	Name              string
	Kind              otlp.Span_SpanKind
	Start, End        time.Time
	// Attributes and Resource are values as Go has them: string, bool, int64, float64.
	Attributes, Resource map[string]any
	Failed               bool
	Message              string
	Events               []string
	Links                []string // ids of spans
}

// Collector keeps the spans that it is sent. Make one with Start; it is safe for concurrent
// use.
type Collector struct {
	collector.UnimplementedTraceServiceServer
	// GRPC and HTTP are where it listens, as URLs.
	GRPC, HTTP string

	mu      sync.Mutex
	spans   []Span        // guarded by mu
	headers []http.Header // of requests over HTTP; guarded by mu
	changed chan struct{} // closed at the next span; guarded by mu
}

// Start listens until the test ends.
func Start(tb testing.TB) *Collector {
	tb.Helper()
	c := &Collector{changed: make(chan struct{})}
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, c)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
	over := httptest.NewServer(http.HandlerFunc(c.post))
	c.GRPC, c.HTTP = "http://"+listener.Addr().String(), over.URL
	tb.Cleanup(func() {
		over.Close()
		server.Stop()
		<-served
	})
	return c
}

// Export implements the service of OTLP over gRPC.
func (c *Collector) Export(_ context.Context, req *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	c.take(req)
	return &collector.ExportTraceServiceResponse{}, nil
}

func (c *Collector) post(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var req collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &req)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		http.Error(w, fmt.Sprint(r.URL.Path, err), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.headers = append(c.headers, r.Header)
	c.mu.Unlock()
	c.take(&req)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

func (c *Collector) take(req *collector.ExportTraceServiceRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range req.GetResourceSpans() {
		for _, scope := range of.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				c.spans = append(c.spans, read(s, of.GetResource()))
			}
		}
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

func read(s *otlp.Span, of *resource.Resource) Span {
	out := Span{
		Trace: hex.EncodeToString(s.GetTraceId()), ID: hex.EncodeToString(s.GetSpanId()), Parent: hex.EncodeToString(s.GetParentSpanId()),
		Name: s.GetName(), Kind: s.GetKind(), Attributes: values(s.GetAttributes()), Resource: values(of.GetAttributes()),
		Start: time.Unix(0, int64(s.GetStartTimeUnixNano())), End: time.Unix(0, int64(s.GetEndTimeUnixNano())), //nolint:gosec // times of now
		Failed: s.GetStatus().GetCode() == otlp.Status_STATUS_CODE_ERROR, Message: s.GetStatus().GetMessage(),
	}
	for _, e := range s.GetEvents() {
		out.Events = append(out.Events, e.GetName())
	}
	for _, l := range s.GetLinks() {
		out.Links = append(out.Links, hex.EncodeToString(l.GetSpanId()))
	}
	return out
}

func values(pairs []*common.KeyValue) map[string]any {
	all := make(map[string]any, len(pairs))
	for _, p := range pairs {
		switch v := p.GetValue().GetValue().(type) {
		case *common.AnyValue_StringValue:
			all[p.GetKey()] = v.StringValue
		case *common.AnyValue_BoolValue:
			all[p.GetKey()] = v.BoolValue
		case *common.AnyValue_IntValue:
			all[p.GetKey()] = v.IntValue
		case *common.AnyValue_DoubleValue:
			all[p.GetKey()] = v.DoubleValue
		}
	}
	return all
}

// Spans are those that came by now.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Span(nil), c.spans...)
}

// Headers are those of the requests over HTTP.
func (c *Collector) Headers() []http.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]http.Header(nil), c.headers...)
}

// Await waits until what came pleases, and returns it. It says what came where it gives up.
func (c *Collector) Await(tb testing.TB, patience time.Duration, pleases func([]Span) bool) []Span {
	tb.Helper()
	late := time.After(patience)
	for {
		c.mu.Lock()
		spans, changed := append([]Span(nil), c.spans...), c.changed
		c.mu.Unlock()
		if pleases(spans) {
			return spans
		}
		select {
		case <-changed:
		case <-late:
			for _, s := range spans {
				tb.Logf("%s %s <- %s %q %v %v", s.Trace, s.ID, s.Parent, s.Name, s.Attributes, s.Resource["service.instance.id"])
			}
			tb.Fatalf("%d spans came, and they are not what was waited for", len(spans))
		}
	}
}
