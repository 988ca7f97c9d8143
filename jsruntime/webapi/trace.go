package webapi

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// spanning begins the span of an operation. What from sends is part of it from then on. The
// span is nil where none is recorded, and from unchanged.
func (a *API) spanning(from hostcap.Caller, name string, kind trace.SpanKind, attrs ...attribute.KeyValue) (hostcap.Caller, trace.Span) {
	s := span.Begin(a.cfg.Tracer, from.Trace, name, kind, time.Time{}, append(attrs, attribute.String(span.Invocation, from.Invocation))...)
	from.Trace = s.SpanContext()
	return from, s
}

// fetching begins the span of a fetch. Neither the query nor the fragment of the URL is shown,
// where keys and the like stand, nor a user and a password.
func (a *API) fetching(from hostcap.Caller, method string, to *target) (hostcap.Caller, trace.Span) {
	if !span.Recorded(a.cfg.Tracer, from.Trace) {
		return from, nil
	}
	attrs := []attribute.KeyValue{
		attribute.String("http.request.method", method), attribute.String("server.address", to.host),
		attribute.String("url.full", to.scheme+"://"+to.url.Host+to.url.EscapedPath()),
	}
	if port, err := strconv.Atoi(to.url.Port()); err == nil {
		attrs = append(attrs, attribute.Int("server.port", port))
	}
	return a.spanning(from, method, trace.SpanKindClient, attrs...)
}

// fetched ends the span of a fetch, which has its answer but for the body.
func fetched(s trace.Span, resp *reply, err error) {
	if s == nil {
		return
	}
	if err == nil {
		s.SetAttributes(attribute.Int("http.response.status_code", resp.StatusCode))
		if resp.StatusCode >= 400 { // as the conventions have it for clients
			s.SetStatus(codes.Error, "")
			s.SetAttributes(attribute.String(span.ErrorType, strconv.Itoa(resp.StatusCode)))
		}
	}
	ended(s, err)
}

// sending begins the span of a message that is published or requested.
func (a *API) sending(from hostcap.Caller, verb, subject string, size int) (hostcap.Caller, trace.Span) {
	if !span.Recorded(a.cfg.Tracer, from.Trace) {
		return from, nil
	}
	kind, operation := trace.SpanKindProducer, "send"
	if verb == "request" {
		kind = trace.SpanKindClient
	}
	return a.spanning(from, verb+" "+a.grant(verb, subject), kind,
		attribute.String(span.System, span.NATS), attribute.String(span.Operation, operation), attribute.String(span.Doing, verb),
		attribute.String(span.Destination, subject), attribute.Int(span.BodySize, size))
}

// grant is what in the manifest lets the subject be used. It names the span: of subjects there
// may be any number.
func (a *API) grant(verb, subject string) string {
	granted := a.cfg.Permissions.NATS.Publish
	if verb == "request" {
		granted = a.cfg.Permissions.NATS.Request
	}
	for _, pattern := range granted {
		one := function.Permissions{NATS: function.NATSPermissions{Publish: []string{pattern}}}
		if one.AllowsPublish(subject) {
			return pattern
		}
	}
	return subject
}

// storing begins the span of an operation on a bucket; the key is not shown, of which there
// may be any number.
func (a *API) storing(from hostcap.Caller, op, bucket string) trace.Span {
	if !span.Recorded(a.cfg.Tracer, from.Trace) {
		return nil
	}
	verb := strings.TrimPrefix(op, "kv.")
	_, s := a.spanning(from, verb+" "+bucket, trace.SpanKindClient,
		attribute.String("db.system.name", "nats_kv"), attribute.String("db.operation.name", verb), attribute.String("db.namespace", bucket))
	return s
}

// ended ends the span of an operation; nil is none.
func ended(s trace.Span, err error) {
	if s == nil {
		return
	}
	if mine, ok := errors.AsType[*Error](err); ok {
		s.SetAttributes(attribute.String(span.ErrorType, mine.Name))
		s.SetStatus(codes.Error, mine.Message)
		s.End()
		return
	}
	span.Fail(s, err)
}
