package jsruntime

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/promote"
	"github.com/isolane/isolane/jsruntime/tape"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// Config is what a Runtime is made with.
type Config struct {
	// ID is the runtime's number on its node, and Node the node's name; functions
	// see both in ctx.invocation.
	ID   int
	Node string
	// Light, where it is set, is the engine of functions whose manifest asks for quickjs,
	// or auto, beside the one that New is given. It must not share isolates.
	Light Engine
	// Promote says when a function with engine: auto leaves the light engine for the one
	// that New is given. Zero means promote.DefaultPolicy.
	Promote promote.Policy
	// Limits are the node's: Heap and Buffers hold for the isolate, since functions
	// share it; the others are those of a function whose manifest names none.
	Limits function.Limits
	// MaxContexts bounds the warm contexts; the least recently used idle one makes
	// room. Zero means 256.
	MaxContexts int
	// Env are the node's variables, of which a function sees those its manifest
	// lists under permissions.env. The manifest's own env wins.
	Env map[string]string
	// HTTP is the process's HTTP client, behind fetch.
	HTTP *webapi.HTTP
	// Messenger is behind ctx.nats, Buckets behind ctx.kv, and Calls behind ctx.call. Where one
	// is nil, a manifest that grants what it is for is refused.
	Messenger hostcap.Messenger
	Buckets   hostcap.Buckets
	Calls     hostcap.Calls
	// Tracer makes the spans of what functions ask for; nil makes none.
	Tracer span.Tracer
	// Post hands an event to the owner, who gives it back through Handle. It is
	// called from other goroutines and must not block.
	Post func(Event)
	// Stuck, where it is set, hears that a turn could not be stopped: a built-in of the
	// engine that takes no interrupt goes on, for longer than anyone can wait, or wanted
	// more memory than there is, at which the engine stops for good. It is
	// called at most once, from another goroutine, with what would have been returned.
	// The call of Invoke or Handle may return at some time, or never; until it does,
	// the runtime must not be touched. The culprit has not been answered.
	Stuck func(*CondemnedError)
	// Unbegun, where it is set, hears that of the calls given to InvokeAll only the first
	// begun have begun, or will: the others are the caller's again. It is called at most
	// once for each InvokeAll and before that returns, perhaps from another goroutine while
	// a turn goes on that takes longer than expected, and must not block or call the
	// runtime. Where it is nil, InvokeAll takes no more than one.
	Unbegun func(begun int)
	// Live, where it is set, reports whether a version of a function is still called: its
	// idle context is kept when another version gets one. It must not block.
	Live func(name, version string) bool
	// Grace is how long a turn may go on after it was terminated before it is stuck.
	// Zero means 5 s, which no turn that can be stopped takes.
	Grace time.Duration
	// Redact takes secrets out of what is recorded; nil where there are none.
	Redact func(string) string
	// Play, where it is set, answers the one invocation that the runtime is given in the place
	// of the host, as it was answered when it was recorded. What is not on the record is refused,
	// or with PlayLive asked of the host. PlayEnds is called when the record says no more of what
	// the invocation waits for, and nothing else is on its way.
	Play     *tape.Player
	PlayLive bool
	PlayEnds func()
	// Console, where it is set, takes each line of console output, besides the Logger. It
	// is called in the middle of a turn, and must not block; of what was cut it is told
	// from another goroutine.
	Console func(ConsoleLine)
	// Logger takes console output and the runtime's own notes.
	Logger *slog.Logger
}

// DefaultConfig has the default limits; Post must be set.
func DefaultConfig() Config {
	return Config{Limits: function.DefaultLimits(), MaxContexts: 256, Logger: slog.New(slog.DiscardHandler)}
}

// Validate reports everything that is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Post == nil {
		errs = append(errs, errors.New("no Post"))
	}
	if c.Logger == nil {
		errs = append(errs, errors.New("no Logger"))
	}
	if c.Limits.Heap < function.MinHeap {
		errs = append(errs, fmt.Errorf("heap limit of %d bytes: an isolate needs at least %v", c.Limits.Heap, function.MinHeap))
	}
	if c.Limits.CPU <= 0 || c.Limits.Wall <= 0 || c.Limits.Buffers <= 0 {
		errs = append(errs, errors.New("the limits cpu, wall and buffers must be positive"))
	}
	if c.MaxContexts < 0 {
		errs = append(errs, fmt.Errorf("negative MaxContexts %d", c.MaxContexts))
	}
	if len(errs) > 0 {
		return fmt.Errorf("jsruntime: configuration: %w", errors.Join(errs...))
	}
	return nil
}
