package hostcap

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
)

// Caller is the invocation on whose behalf something is done.
type Caller struct {
	Function string
	// Invocation is function.Invocation.ID, which every attempt shares.
	Invocation string
	// Publish and Request count, from 1, what the invocation has published and requested,
	// this one included. They are the same in each attempt, as far as the function does
	// the same in the same order.
	Publish, Request int
	// Call counts its calls of methods likewise.
	Call int
	// Key is that of an invocation of a keyed function; "" for all others.
	Key string
	// Header is that of the message the invocation is about; read-only, nil for none.
	Header function.Header
	// Trace is the span that the operation is, or else that of the invocation; not valid where
	// the node makes no spans. What is sent carries it.
	Trace trace.SpanContext
	// Deadline is when the invocation ends.
	Deadline time.Time
	// Since is zero where this is the first run of the invocation as far as its node knows; else
	// no run of it began before. Header may say more: bridge.HeaderSince.
	Since time.Time
}

// Message is what a function sends.
type Message struct {
	Subject string
	Header  function.Header
	Data    []byte
	// ID tells the message from every other one, so that a stream takes it once; "" has
	// the host derive one from the caller.
	ID string
	// Later says when it is to be published; nil for now. With PublishAcked alone.
	Later *Later
}

// Later is a time to come: At, where it is not zero, or else After from now.
type Later struct {
	At    time.Time
	After time.Duration
}

// slow is a wait after which a chain of calls counts as another one: it cannot run wild.
const slow = time.Second

// Slow reports whether l is so far ahead. Where At is given it is the caller's clock that
// says so.
func (l *Later) Slow() bool {
	return l != nil && (l.After >= slow || time.Until(l.At) >= slow)
}

// Ack says where a stream keeps a message.
type Ack struct {
	Stream   string
	Sequence uint64
	// Duplicate says that the stream had a message of the same ID already, and kept that.
	Duplicate bool
}

// Reply is the answer to a request. Header and Data belong to the receiver.
type Reply struct {
	Subject string
	Header  function.Header
	Data    []byte
}

// Messenger sends messages for functions. Errors are *Error.
type Messenger interface {
	// MaxPayload is the most that a message may hold, headers included, in bytes.
	MaxPayload() int64
	// Publish sends m and returns when the server has it. It is sent even where ctx is
	// done already; only the confirmation is given up then.
	Publish(ctx context.Context, from Caller, m Message) error
	// PublishAcked sends m as Publish does, and returns when a stream has it; of one for
	// Later, when the stream has it where it waits.
	PublishAcked(ctx context.Context, from Caller, m Message) (Ack, error)
	// Request sends m and returns the first answer. It waits no longer than wait, where
	// that is positive.
	Request(ctx context.Context, from Caller, m Message, wait time.Duration) (Reply, error)
}
