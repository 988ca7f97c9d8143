package bridge

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// Config says what a Bridge listens on and how much it holds. Begin with
// DefaultConfig: the zero value is not valid.
type Config struct {
	// Prefix stands before a function's name in every subject.
	Prefix string
	// Queue is the queue group that all nodes join, so that one of them gets
	// each message.
	Queue string
	// MaxPending bounds the messages that are accepted and not yet answered. One
	// more is answered overloaded at once. More rides out longer bursts; less
	// keeps waiting times short.
	MaxPending int
	// MaxPendingBytes bounds their payloads together, in bytes, so that
	// MaxPending large messages cannot exhaust memory; those of calls that others wait
	// for have function.Headroom besides. At least the server's max payload.
	MaxPendingBytes int64
	// RetryAfter is what an overloaded reply tells the caller to wait, where the
	// dispatcher names no time of its own.
	RetryAfter time.Duration
	// BufferMessages and BufferBytes bound what the NATS client holds between
	// the socket and the bridge. The bridge takes messages off in microseconds,
	// so that only a stalled process fills it; what is over is dropped by the
	// client (a slow consumer), counted and logged. BufferBytes is at least the
	// server's max payload.
	BufferMessages int
	BufferBytes    int
	// Receipts has each reply carry the header Isolane-Receipt (package receipt).
	Receipts bool
	// ReportInterval is how often what was shed, refused or dropped is logged,
	// one line for all of it.
	ReportInterval time.Duration
}

// DefaultConfig is the configuration of a node whose file names none.
func DefaultConfig() Config {
	return Config{
		Prefix:          subject.DefaultPrefix,
		Queue:           "isolane",
		MaxPending:      4096,
		MaxPendingBytes: 256 << 20,
		RetryAfter:      time.Second,
		BufferMessages:  65_536,
		BufferBytes:     64 << 20,
		Receipts:        true,
		ReportInterval:  time.Second,
	}
}

// Validate reports every fault at once. The error wraps ErrInvalidConfig.
func (c Config) Validate() error {
	faults := []error{subject.ValidatePrefix(c.Prefix), subject.ValidateQueue(c.Queue)}
	positive := func(name string, v int64) {
		if v <= 0 {
			faults = append(faults, fmt.Errorf("%s is %d, must be over 0", name, v))
		}
	}
	positive("MaxPending", int64(c.MaxPending))
	positive("MaxPendingBytes", c.MaxPendingBytes)
	positive("RetryAfter", int64(c.RetryAfter))
	positive("BufferMessages", int64(c.BufferMessages))
	positive("BufferBytes", int64(c.BufferBytes))
	positive("ReportInterval", int64(c.ReportInterval))
	return invalidConfig(faults)
}

// validateFor checks the relations between c and the server that was reached.
func (c Config) validateFor(maxPayload int64) error {
	var faults []error
	if c.MaxPendingBytes < maxPayload {
		faults = append(faults, fmt.Errorf("MaxPendingBytes is %d, under the server's max payload of %d: no message of that size could be accepted", c.MaxPendingBytes, maxPayload))
	}
	if int64(c.BufferBytes) < maxPayload {
		faults = append(faults, fmt.Errorf("BufferBytes is %d, under the server's max payload of %d: every message of that size would be dropped", c.BufferBytes, maxPayload))
	}
	return invalidConfig(faults)
}

// Dispatcher is what the bridge hands invocations to.
type Dispatcher interface {
	// Submit takes inv on. Exactly one call of done follows, from any goroutine,
	// possibly before Submit returns. Submit must not block: it runs in the one
	// goroutine that takes messages off NATS. inv is read-only. The bridge
	// reads the Result until done returns and never writes to it, so that one
	// Result may serve many calls. done may block while the socket takes no more
	// bytes, ConnectConfig.FlushTimeout at most.
	Submit(inv *function.Invocation, done func(*function.Result))
}

// Deps are what a Bridge works with. System, Conn and Dispatcher are required.
type Deps struct {
	System *actor.ActorSystem
	// Conn is made by Connect and stays the caller's: the bridge does not close it.
	Conn       *nats.Conn
	Dispatcher Dispatcher
	// Node is this member's name, for the receipts of what it refuses.
	Node string
	// Tracer makes the spans of messages; nil makes none.
	Tracer span.Tracer
	// Backlog is how many invocations the Dispatcher has that wait to start. Where there
	// are some, replies that come in quick succession are sent together. It must not block.
	// Nil sends each by itself.
	Backlog func() int
	// Logger takes the bridge's lines; nil discards them.
	Logger *slog.Logger
	// Clock is the time that Received and deadlines are read from; nil is time.Now.
	Clock func() time.Time
	// Events are the counters given to Connect, to be shown in Stats; may be nil.
	Events *ConnEvents
}

func (d Deps) validate() error {
	var faults []error
	if d.System == nil {
		faults = append(faults, errors.New("Deps.System is nil"))
	}
	if d.Conn == nil {
		faults = append(faults, errors.New("Deps.Conn is nil"))
	}
	if d.Dispatcher == nil {
		faults = append(faults, errors.New("Deps.Dispatcher is nil"))
	}
	return invalidConfig(faults)
}

// withDefaults fills what may be nil.
func (d Deps) withDefaults() Deps {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Clock == nil {
		d.Clock = time.Now
	}
	if d.Events == nil {
		d.Events = new(ConnEvents)
	}
	return d
}

func invalidConfig(faults []error) error {
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	return nil
}
