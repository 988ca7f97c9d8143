package delayed

import (
	"errors"
	"fmt"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// Function stands for the Relay where a function's name would be: in its consumer, in dead
// letters and in the log. No function can have it.
const Function = "_delayed"

// Kind is what the trigger is shown as, beside those of functions.
const Kind = "delayed"

// MaxDelay is the longest that a message may wait.
const MaxDelay = 366 * 24 * time.Hour

// Config says where messages wait. Begin with DefaultConfig.
type Config struct {
	// Stream is the name of the stream, Prefix what its subjects begin with.
	Stream, Prefix string
	// Replicas of the stream in a NATS cluster, where it is made here. Default 1; one that
	// is there keeps what it has.
	Replicas int
	// Duplicates is for how long the server knows a message's id, where the stream is made
	// here. Default an hour.
	Duplicates time.Duration
	// Patience bounds each question to the server.
	Patience time.Duration
	// MaxPublishing bounds what a Relay publishes at a time.
	MaxPublishing int
	// Trust is for how long the server's time is reckoned, before it is asked again.
	Trust time.Duration
}

// DefaultConfig is the configuration of a node.
func DefaultConfig() Config {
	return Config{
		Stream: "ISOLANE_DELAYED", Prefix: "isolane.delayed", Replicas: 1, Duplicates: time.Hour,
		Patience: 5 * time.Second, MaxPublishing: 256, Trust: time.Minute,
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
	need(c.Duplicates > 0 && c.Patience > 0 && c.Trust > 0, "Duplicates, Patience and Trust must be over 0")
	need(c.MaxPublishing > 0, "MaxPublishing is %d, must be over 0", c.MaxPublishing)
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalidConfig, err)
	}
	return nil
}

// Trigger is the stream trigger that has a Relay publish what is due.
func (c Config) Trigger() function.Stream {
	return function.Stream{Name: c.Stream, Subject: function.Pattern(c.Prefix + ".due.>")}.WithDefaults(Function)
}
