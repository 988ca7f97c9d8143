package span

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/otel/attribute"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// The attributes of OpenTelemetry's semantic conventions that Isolane's spans have.
const (
	System      = "messaging.system"
	Destination = "messaging.destination.name"
	Operation   = "messaging.operation.type"
	Doing       = "messaging.operation.name"
	BodySize    = "messaging.message.body.size"
	MessageID   = "messaging.message.id"
	BatchCount  = "messaging.batch.message_count"
	Group       = "messaging.consumer.group.name"

	Function   = "faas.name"
	Invocation = "faas.invocation_id"
	Version    = "faas.version"
	Instance   = "faas.instance"
	ColdStart  = "faas.coldstart"
	Trigger    = "faas.trigger"

	ErrorType = "error.type"
)

// The attributes that the conventions do not have. Times are in seconds.
const (
	Outcome  = "isolane.outcome"
	Node     = "isolane.node"
	Runtime  = "isolane.runtime"
	Attempt  = "isolane.attempt"
	Queued   = "isolane.queued"
	Wall     = "isolane.wall"
	CPU      = "isolane.cpu"
	IO       = "isolane.io"
	Heap     = "isolane.heap"
	Stream   = "isolane.stream"
	Sequence = "isolane.stream.sequence"
	Settled  = "isolane.settled"
	Reason   = "isolane.reason"
	Key      = "isolane.key"
	Method   = "isolane.method"
)

// NATS is the messaging.system.
const NATS = "nats"

// Receipt is what an invocation used, as attributes. What is not known is not there.
func Receipt(r function.Receipt) []attribute.KeyValue {
	attrs := make([]attribute.KeyValue, 0, 12)
	attrs = append(attrs, attribute.String(Node, r.Node), attribute.Float64(Queued, r.Queued.Seconds()), attribute.Int(Attempt, r.Attempts))
	if r.Version != "" {
		attrs = append(attrs, attribute.String(Version, r.Version))
	}
	if r.Runtime < 0 || r.Attempts == 0 {
		return attrs
	}
	attrs = append(attrs, attribute.Int(Runtime, r.Runtime), attribute.String(Instance, fmt.Sprintf("%s/%d", r.Node, r.Runtime)),
		attribute.Float64(Wall, r.Wall.Seconds()), attribute.Float64(CPU, r.CPU.Seconds()), attribute.Float64(IO, r.IO.Seconds()),
		attribute.Bool(ColdStart, r.Cold))
	if r.Heap > 0 {
		attrs = append(attrs, attribute.Int64(Heap, int64(r.Heap))) //nolint:gosec // far below
	}
	return attrs
}

// errorType is the kind of an error, as error.type has it: of few different values.
func errorType(err error) string {
	if known, ok := errors.AsType[*hostcap.Error](err); ok {
		return string(known.Kind)
	}
	return fmt.Sprintf("%T", err)
}
