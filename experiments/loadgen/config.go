package loadgen

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Via says how a message is sent, and what counts as its end.
type Via string

// The ways of sending.
const (
	// ViaRequest waits for the function's reply.
	ViaRequest Via = "request"
	// ViaStream publishes to a subject that a stream captures, and waits for the
	// server's word that it is stored. What functions make of it later is not seen.
	ViaStream Via = "stream"
)

// Arrivals says how the requests of an open loop are spread over time.
type Arrivals string

// The spreads.
const (
	// Even leaves the same time between any two requests.
	Even Arrivals = "even"
	// Poisson has requests come independently of one another, as those of many users do:
	// the time between two is exponentially distributed.
	Poisson Arrivals = "poisson"
)

// Step is a part of a run with one load.
type Step struct {
	// Rate is the number of requests a second of an open loop; 0 is a closed loop.
	Rate float64 `json:"rate,omitempty"`
	// Callers is the number of requests that a closed loop keeps outstanding; 0 is an
	// open loop. Invariant: exactly one of Rate and Callers is over 0.
	Callers int `json:"callers,omitempty"`
	// Duration is for how long requests are sent; those under way are waited for.
	Duration time.Duration `json:"duration"`
}

// Config says what is sent, and how. It is plain data.
type Config struct {
	// Targets are what is sent; which one comes next is drawn by weight.
	Targets []Target `json:"targets"`
	// Steps follow one another; each is measured by itself.
	Steps []Step `json:"steps"`
	// Warmup is sent before each step with its load, and not measured. Default 2 s.
	Warmup time.Duration `json:"warmup"`
	// Via is how messages are sent. Default ViaRequest.
	Via Via `json:"via"`
	// Arrivals is how an open loop is spread. Default Poisson.
	Arrivals Arrivals `json:"arrivals"`
	// Timeout is how long a reply is waited for. Default 10 s.
	Timeout time.Duration `json:"timeout"`
	// MaxOutstanding bounds the requests without a reply of an open loop, over all
	// connections. One more is not sent, and counted as not-sent. Default 50,000.
	MaxOutstanding int `json:"maxOutstanding"`
	// Connections is how many connections share the load. Default 1: one of nats.go
	// carries some hundred thousand messages a second.
	Connections int `json:"connections"`
	// Slice is the length of the parts in which a step is reported, too; Compare works
	// on them. Default 1 s.
	Slice time.Duration `json:"slice"`
	// Seed makes arrivals and the order of targets the same again. Default 1.
	Seed uint64 `json:"seed"`
}

// DefaultConfig has everything but Targets and Steps.
func DefaultConfig() Config {
	return Config{
		Warmup: 2 * time.Second, Via: ViaRequest, Arrivals: Poisson, Timeout: 10 * time.Second,
		MaxOutstanding: 50_000, Connections: 1, Slice: time.Second, Seed: 1,
	}
}

// maxSlices bounds the memory of a step's slices over all connections, some 20 KB each.
const maxSlices = 10_000

// Validate returns all that is wrong with c, joined; each error wraps ErrConfig.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
	}
	if len(c.Targets) == 0 {
		bad("no target: name a function to call")
	}
	for _, t := range c.Targets {
		if err := t.validate(); err != nil {
			errs = append(errs, err)
		}
	}
	if len(c.Steps) == 0 {
		bad("no step: give a rate, or a number of callers")
	}
	for i, s := range c.Steps {
		switch {
		case math.IsNaN(s.Rate) || s.Rate < 0 || s.Rate > 1e6:
			bad("step %d: a rate of %g requests a second: over 0, at most 1,000,000", i+1, s.Rate)
		case s.Callers < 0 || s.Callers > 100_000:
			bad("step %d: %d callers: over 0, at most 100,000", i+1, s.Callers)
		case s.Callers > c.MaxOutstanding:
			bad("step %d: %d callers, but at most %d outstanding: raise that bound", i+1, s.Callers, c.MaxOutstanding)
		case (s.Rate > 0) == (s.Callers > 0):
			bad("step %d: give a rate (open loop) or a number of callers (closed loop), one of them", i+1)
		}
		if most := maxSlices / max(c.Connections, 1); s.Duration <= 0 || c.Slice > 0 && s.Duration/c.Slice > time.Duration(most) {
			bad("step %d: a duration of %s: over 0, and with %d connections at most %d slices of %s: longer slices need less memory", i+1, s.Duration, c.Connections, most, c.Slice)
		}
	}
	if c.Via != ViaRequest && c.Via != ViaStream {
		bad("via %q: request or stream", c.Via)
	}
	if c.Arrivals != Even && c.Arrivals != Poisson {
		bad("arrivals %q: even or poisson", c.Arrivals)
	}
	if c.Warmup < 0 {
		bad("a warm-up of %s: 0 or more", c.Warmup)
	}
	if c.Timeout <= 0 || c.Timeout > maxLatency {
		bad("a timeout of %s: over 0, at most %s", c.Timeout, maxLatency)
	}
	if c.MaxOutstanding < 1 {
		bad("at most %d outstanding: at least 1", c.MaxOutstanding)
	}
	if c.Connections < 1 || c.Connections > 256 {
		bad("%d connections: 1 to 256", c.Connections)
	}
	if c.Slice < 10*time.Millisecond {
		bad("slices of %s: 10ms or more", c.Slice)
	}
	return errors.Join(errs...)
}
