package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	otlp "go.opentelemetry.io/proto/otlp/trace/v1"
)

// maxTraces and maxSpans bound what is kept; what is over is dropped.
const (
	maxTraces = 1000
	maxSpans  = 10_000
)

// span is one of them, with the instance that made it.
type span struct {
	*otlp.Span
	instance string
}

// trace is what has come of one.
type trace struct {
	spans []span
	last  time.Time
}

// traces are those that are not printed yet, by their ids.
type traces map[string]*trace

// add keeps the spans of an export.
func (ts traces) add(export *collector.ExportTraceServiceRequest, now time.Time) {
	for _, r := range export.GetResourceSpans() {
		instance := value(r.GetResource().GetAttributes(), "service.instance.id")
		for _, scope := range r.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				t := ts[string(s.GetTraceId())]
				if t == nil && len(ts) < maxTraces {
					t = &trace{}
					ts[string(s.GetTraceId())] = t
				}
				if t != nil && len(t.spans) < maxSpans {
					t.spans, t.last = append(t.spans, span{s, instance}), now
				}
			}
		}
	}
}

// take removes the traces of which nothing has come since then, and prints them.
func (ts traces) take(since time.Time) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(ts)) {
		if t := ts[id]; !t.last.After(since) {
			_, _ = fmt.Fprintf(&b, "trace %x\n", id)
			t.print(&b)
			delete(ts, id)
		}
	}
	return b.String()
}

// print writes the spans as a tree, in the order of their beginnings. One whose parent has not
// come stands at the margin.
func (t *trace) print(b *strings.Builder) {
	slices.SortStableFunc(t.spans, func(x, y span) int { return cmp.Compare(x.GetStartTimeUnixNano(), y.GetStartTimeUnixNano()) })
	known, below := map[string]bool{}, map[string][]span{}
	for _, s := range t.spans {
		known[string(s.GetSpanId())] = true
	}
	for _, s := range t.spans {
		parent := string(s.GetParentSpanId())
		if !known[parent] || parent == string(s.GetSpanId()) {
			parent = ""
		}
		below[parent] = append(below[parent], s)
	}
	var walk func(parent string, depth int)
	walk = func(parent string, depth int) {
		children := below[parent]
		delete(below, parent) // a circle ends
		for _, s := range children {
			failed := ""
			if s.GetStatus().GetCode() == otlp.Status_STATUS_CODE_ERROR {
				failed = "  error: " + s.GetStatus().GetMessage()
			}
			took := time.Duration(s.GetEndTimeUnixNano() - s.GetStartTimeUnixNano()) //nolint:gosec // a span of time
			line := fmt.Sprintf("%s%s  %s  %s%s", strings.Repeat("  ", depth+1), s.GetName(), s.instance, took.Round(time.Microsecond), failed)
			_, _ = fmt.Fprintln(b, strings.Map(printable, line))
			walk(string(s.GetSpanId()), depth+1)
		}
	}
	walk("", 0)
}

// printable takes control characters away.
func printable(r rune) rune {
	if r < ' ' || r >= 0x7f && r < 0xa0 {
		return ' '
	}
	return r
}

// value is an attribute's, or "".
func value(attributes []*common.KeyValue, key string) string {
	for _, a := range attributes {
		if a.GetKey() == key {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}
