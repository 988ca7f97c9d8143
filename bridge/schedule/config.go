package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/jsruntime/function"
)

// Config says where schedules are kept. Begin with DefaultConfig.
type Config struct {
	// Stream is the name of the stream, Prefix what its subjects begin with.
	Stream, Prefix string
	// Replicas of the stream in a NATS cluster, where it is made here. Default 1; one that
	// is there keeps what it has.
	Replicas int
	// Keep is how many messages of a schedule stay in the stream, waiting or done; the
	// oldest go first.
	Keep int64
	// Late is how long after a due time it still counts as kept, where missed ones are
	// skipped.
	Late time.Duration
	// Look is how long the scheduler sleeps at most, whatever is due: timers and the
	// server's clock may drift apart.
	Look time.Duration
	// Retry and MaxRetry are the pause after the server could not be asked, doubled each
	// time; Patience bounds each question.
	Retry, MaxRetry, Patience time.Duration
}

// DefaultConfig is the configuration of a node.
func DefaultConfig() Config {
	return Config{
		Stream: "ISOLANE_SCHEDULE", Prefix: "isolane.schedule", Replicas: 1, Keep: 1000,
		Late: time.Minute, Look: 30 * time.Second,
		Retry: 250 * time.Millisecond, MaxRetry: 5 * time.Second, Patience: 5 * time.Second,
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
	need(c.Stream != "" && c.Prefix != "", "no Stream, or no Prefix")
	need(c.Replicas > 0, "Replicas is %d, must be over 0", c.Replicas)
	need(c.Keep >= function.MaxMissed, "Keep is %d, must be at least %d, which may be published at once", c.Keep, function.MaxMissed)
	need(c.Late > 0 && c.Look > 0 && c.Patience > 0, "Late, Look and Patience must be over 0")
	need(c.Retry > 0 && c.MaxRetry >= c.Retry, "MaxRetry is %s, must be at least Retry, which is %s and must be over 0", c.MaxRetry, c.Retry)
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	return nil
}

// Deps are what a Scheduler works with. Conn is required, and stays the caller's.
type Deps struct {
	Conn *nats.Conn
	// Logger takes the lines; nil discards them.
	Logger *slog.Logger
	// Ready is called once, from the scheduler's goroutine, when the stream is there.
	Ready func()
	// Busy reports whether a run of the function's schedules goes on or waits, for those that
	// skip a time then; nil is never.
	Busy func(ctx context.Context, function string) (bool, error)
	// now is what the server's clock says, in tests; nil asks it.
	now func(server time.Time) time.Time
}

// Entry is one schedule of a function.
type Entry struct {
	Function string
	// Schedule is what the manifest says; one that package cron refuses is left out.
	Schedule function.Schedule
}
