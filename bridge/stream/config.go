package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/records"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// Config says how triggers are served. Begin with DefaultConfig.
type Config struct {
	// Queue stands before the function's name in the names of consumers: members that
	// have the same one share them.
	Queue string
	// MaxBytes bounds the payloads of the messages that one trigger holds, in bytes. A
	// single message may be larger.
	MaxBytes int64
	// PullExpiry is how long one pull request stands; Heartbeat is how often the server
	// says meanwhile that it does, so that one which was lost is made again after two.
	PullExpiry, Heartbeat time.Duration
	// Retry and MaxRetry are the pause after a trigger could not be served, doubled
	// each time.
	Retry, MaxRetry time.Duration
	// Patience bounds each question to the server.
	Patience time.Duration
	// Policy is what the triggers' own policies begin with: NotFoundWait, Base, Cap and
	// Jitter count.
	Policy ackpolicy.Policy
	// DeadLetters is where messages go that are given up.
	DeadLetters deadletter.Config
	// Notes is the key-value bucket of deliveries that do not count, made where there is
	// none; NotesTTL is how long one stays.
	Notes    string
	NotesTTL time.Duration
	// Records is where records of runs are kept.
	Records records.Config
	// Active, ActiveBytes and ActiveIdle bound the states of keys that a member keeps at
	// hand, of one function: how many, about how many bytes, and for how long after the last
	// message. Those of keys that run are not counted.
	Active      int
	ActiveBytes int64
	ActiveIdle  time.Duration
	// Alarms bounds of how many keys of one function a member knows when their alarms are due:
	// those that are next. When it comes to the others it looks for them in the bucket.
	Alarms int
}

// DefaultConfig is the configuration of a node whose file names none.
func DefaultConfig() Config {
	return Config{
		Queue: "isolane", MaxBytes: 64 << 20,
		PullExpiry: 30 * time.Second, Heartbeat: 5 * time.Second,
		Retry: 250 * time.Millisecond, MaxRetry: 5 * time.Second, Patience: 5 * time.Second,
		Policy: ackpolicy.Default(), DeadLetters: deadletter.DefaultConfig(),
		Notes: "isolane-forgiven", NotesTTL: 7 * 24 * time.Hour,
		Records: records.DefaultConfig(),
		Active:  10_000, ActiveBytes: 64 << 20, ActiveIdle: time.Minute, Alarms: 100_000,
	}
}

// Validate reports every fault at once. The error wraps ErrInvalidConfig.
func (c Config) Validate() error {
	var faults []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	need(c.Queue != "", "no Queue")
	need(c.MaxBytes > 0, "MaxBytes is %d, must be over 0", c.MaxBytes)
	need(c.Heartbeat > 0 && c.PullExpiry >= 2*c.Heartbeat, "PullExpiry is %s, must be at least twice Heartbeat, which is %s and must be over 0", c.PullExpiry, c.Heartbeat)
	need(c.Retry > 0 && c.MaxRetry >= c.Retry, "MaxRetry is %s, must be at least Retry, which is %s and must be over 0", c.MaxRetry, c.Retry)
	need(c.Patience > 0, "Patience is %s, must be over 0", c.Patience)
	need(c.Notes != "" && c.NotesTTL > 0, "no Notes, or NotesTTL is not over 0")
	need(c.Active >= 0 && c.ActiveBytes >= 0 && c.ActiveIdle > 0, "Active is %d, ActiveBytes %d, and ActiveIdle %s: the first two must not be negative, the last over 0", c.Active, c.ActiveBytes, c.ActiveIdle)
	need(c.Alarms >= 16, "Alarms is %d, must be at least 16", c.Alarms)
	need(c.Records.Waiting > 0 && c.Records.Patience > 0, "Records.Waiting is %d, and Records.Patience %s: both must be over 0", c.Records.Waiting, c.Records.Patience)
	faults = append(faults, c.Policy.Validate())
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	return nil
}

// Dispatcher is what messages are handed to.
type Dispatcher interface {
	// Submit takes inv on. Exactly one call of done follows, from any goroutine,
	// possibly before Submit returns. Submit must not block. inv is read-only.
	Submit(inv *function.Invocation, done func(*function.Result))
	// SubmitHere is Submit for what this member must run itself, or nobody.
	SubmitHere(inv *function.Invocation, done func(*function.Result))
	// Room is how many more invocations the runtimes of this member could hold.
	Room() int
}

// Deps are what Triggers work with. Conn and Dispatcher are required.
type Deps struct {
	// Conn stays the caller's.
	Conn       *nats.Conn
	Dispatcher Dispatcher
	// Logger takes the lines; nil discards them.
	Logger *slog.Logger
	// Leases are for triggers with an order; without them those are not served.
	Leases Leases
	// KeyedLeases are for triggers of keyed functions, which wait for nothing but the lease
	// when a member dies; nil for Leases.
	KeyedLeases Leases
	// Spread says which member runs a key of a keyed function; nil runs all of them on the
	// member that has their order.
	Spread Spread
	// Pressed reports whether the member is short of memory, so that states of idle keys are let
	// go; it is asked every sweepEvery by each keyed function. Nil is never.
	Pressed func() bool
	// Recall, where it is set, is called where a drain runs out of time: it has runs of messages
	// end, which call done before it returns. Of those that go on when ctx is done it returns
	// what functions have said so far, by the ids of their messages' invocations.
	Recall func(ctx context.Context) map[string]function.Verdict
	// Prepare, where it is set, is called before a trigger's consumer is looked for, as to make
	// its stream. While it fails the trigger is not served.
	Prepare func(ctx context.Context, stream string) error
	// WaitsFor says which identities (bridge.Identity) an invocation that runs here waits for, so
	// that calls are refused that wait for one another; nil where that is not known.
	WaitsFor func(invocation string) []string
	// Node is this member's name, for the dead letters.
	Node string
	// Tracer makes the spans of deliveries; nil makes none.
	Tracer span.Tracer
	// Clock is nil for time.Now, Random nil for math/rand.
	Clock  func() time.Time
	Random func() float64
}

func (d Deps) validate() error {
	if d.Conn == nil || d.Dispatcher == nil {
		return fmt.Errorf("%w: Deps.Conn and Deps.Dispatcher are required", ErrInvalidConfig)
	}
	return nil
}

func (d Deps) withDefaults() Deps {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Clock == nil {
		d.Clock = time.Now
	}
	if d.KeyedLeases == nil {
		d.KeyedLeases = d.Leases
	}
	if d.Random == nil {
		d.Random = rand.Float64
	}
	return d
}
