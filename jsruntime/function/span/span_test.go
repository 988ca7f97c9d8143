package span

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

func TestNamesAreThoseOfTheConventions(t *testing.T) {
	for ours, theirs := range map[string]attribute.Key{
		System: semconv.MessagingSystemKey, Destination: semconv.MessagingDestinationNameKey, Operation: semconv.MessagingOperationTypeKey,
		Doing: semconv.MessagingOperationNameKey, BodySize: semconv.MessagingMessageBodySizeKey, MessageID: semconv.MessagingMessageIDKey,
		BatchCount: semconv.MessagingBatchMessageCountKey, Group: semconv.MessagingConsumerGroupNameKey,
		Function: semconv.FaaSNameKey, Invocation: semconv.FaaSInvocationIDKey, Version: semconv.FaaSVersionKey,
		Instance: semconv.FaaSInstanceKey, ColdStart: semconv.FaaSColdstartKey, Trigger: semconv.FaaSTriggerKey, ErrorType: semconv.ErrorTypeKey,
		"http.request.method": semconv.HTTPRequestMethodKey, "http.response.status_code": semconv.HTTPResponseStatusCodeKey,
		"server.address": semconv.ServerAddressKey, "server.port": semconv.ServerPortKey, "url.full": semconv.URLFullKey,
		"db.system.name": semconv.DBSystemNameKey, "db.operation.name": semconv.DBOperationNameKey, "db.namespace": semconv.DBNamespaceKey,
	} {
		require.Equal(t, string(theirs), ours)
	}
}

func TestContextTravels(t *testing.T) {
	for name, c := range map[string]struct {
		header function.Header
		parent string // "" is none
		state  string
	}{
		"none":            {nil, "", ""},
		"sampled":         {function.Header{"traceparent": {parent}, "tracestate": {"a=1,b=2"}}, parent, "a=1,b=2"},
		"other case":      {function.Header{"Traceparent": {parent}}, parent, ""},
		"not sampled":     {function.Header{"traceparent": {parent[:53] + "00"}}, parent[:53] + "00", ""},
		"flags to come":   {function.Header{"traceparent": {parent[:53] + "ff"}}, parent, ""},
		"version to come": {function.Header{"traceparent": {"cc" + parent[2:] + "-more"}}, parent, ""},
		"malformed":       {function.Header{"traceparent": {"00-no-no-01"}}, "", ""},
		"malformed state": {function.Header{"traceparent": {parent}, "tracestate": {"===,"}}, parent, ""},
		"two":             {function.Header{"traceparent": {parent, parent}}, "", ""},
		"zero trace":      {function.Header{"traceparent": {"00-00000000000000000000000000000000-00f067aa0ba902b7-01"}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, state := Text(Of(c.header))
			require.Equal(t, c.parent, got)
			require.Equal(t, c.state, state)
			require.Equal(t, c.parent != "", Of(c.header).IsRemote())
			again, _ := Text(Parse(got, state))
			require.Equal(t, got, again)
		})
	}
}

// What a node that makes spans passes on is its own; another one passes on what came.
func TestOnward(t *testing.T) {
	came := function.Header{"traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "tracestate": {"c=3"}}
	got, state := Onward(trace.SpanContext{}, came)
	require.Equal(t, came["traceparent"][0]+"c=3", got+state)
	got, state = Onward(Parse(parent, "a=1"), came)
	require.Equal(t, parent+"a=1", got+state)
}

func recorder(tb testing.TB) (Tracer, *tracetest.SpanRecorder) {
	tb.Helper()
	r := tracetest.NewSpanRecorder()
	return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(r)).Tracer("t"), r
}

func TestSettleSaysWhatCameOfIt(t *testing.T) {
	tracer, r := recorder(t)
	begin := func() trace.Span {
		return Begin(tracer, Parse(parent, ""), "s", trace.SpanKindInternal, time.Unix(7, 0))
	}
	Settle(begin(), &function.Result{Outcome: function.OK, Receipt: function.Receipt{
		Queued: time.Second, Wall: 3 * time.Second, CPU: time.Second, IO: 2 * time.Second, Heap: 5, Node: "n", Runtime: 2, Version: "v", Attempts: 1, Cold: true,
	}})
	Settle(begin(), &function.Result{Outcome: function.Exception, Message: "Error: no", Stack: "at f", Receipt: function.Receipt{Runtime: 0, Attempts: 1}})
	Settle(begin(), function.Failure(function.Overloaded, "full"))
	Settle(begin(), nil)
	Fail(begin(), hostcap.Errorf(hostcap.Denied, "not you"))
	Fail(begin(), errors.New("odd"))
	Fail(begin(), nil)
	spans := r.Ended()
	require.Len(t, spans, 7)
	attrs := func(i int) map[attribute.Key]any {
		all := map[attribute.Key]any{}
		for _, a := range spans[i].Attributes() {
			all[a.Key] = a.Value.AsInterface()
		}
		return all
	}
	require.Equal(t, map[attribute.Key]any{
		Outcome: "ok", Node: "n", Runtime: int64(2), Instance: "n/2", Queued: 1.0, Wall: 3.0, CPU: 1.0, IO: 2.0, Heap: int64(5),
		ColdStart: true, Version: "v", Attempt: int64(1),
	}, attrs(0))
	require.Equal(t, codes.Unset, spans[0].Status().Code)
	require.Equal(t, time.Unix(7, 0).UTC(), spans[0].StartTime().UTC())
	require.Equal(t, "00f067aa0ba902b7", spans[0].Parent().SpanID().String())
	require.Equal(t, "exception", attrs(1)[ErrorType])
	require.Equal(t, "exception", spans[1].Events()[0].Name)
	require.Equal(t, sdktrace.Status{Code: codes.Error, Description: "full"}, spans[2].Status())
	require.NotContains(t, attrs(2), attribute.Key(Wall), "it never ran")
	require.Equal(t, "crashed", attrs(3)[Outcome])
	require.Equal(t, "PermissionDeniedError", attrs(4)[ErrorType])
	require.Equal(t, "*errors.errorString", attrs(5)[ErrorType])
	require.Equal(t, codes.Unset, spans[6].Status().Code)
}

func TestRecorded(t *testing.T) {
	tracer, _ := recorder(t)
	require.True(t, Recorded(tracer, Parse(parent, "")))
	require.False(t, Recorded(nil, Parse(parent, "")))
	require.False(t, Recorded(tracer, Parse(parent[:53]+"00", "")))
	require.False(t, Recorded(tracer, trace.SpanContext{}))
}

func FuzzParse(f *testing.F) {
	f.Add(parent, "a=1")
	f.Fuzz(func(t *testing.T, p, s string) {
		c := Parse(p, s)
		if !c.IsValid() {
			return
		}
		text, state := Text(c)
		again := Parse(text, state)
		require.Equal(t, c.TraceID(), again.TraceID())
		require.Equal(t, c.SpanID(), again.SpanID())
		require.Equal(t, c.IsSampled(), again.IsSampled())
	})
}

// BenchmarkRecorded is what a place that could make a span costs where none is made: on a node
// that makes none, and in a trace that nobody records.
func BenchmarkRecorded(b *testing.B) {
	tracer, _ := recorder(b)
	for name, c := range map[string]struct {
		tracer Tracer
		parent trace.SpanContext
	}{"off": {nil, trace.SpanContext{}}, "not sampled": {tracer, Parse(parent[:53]+"00", "")}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if Recorded(c.tracer, c.parent) {
					b.Fatal("recorded")
				}
			}
		})
	}
}
