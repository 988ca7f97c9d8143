package autoscale

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Config says how far and how soon.
type Config struct {
	// Min and Max bound the runtimes.
	Min, Max int
	// CPUs is how many the process may use, as its quota says; not a whole number perhaps.
	CPUs float64
	// GrowAt is the queueing delay over which there are too few, ShrinkAt the one under
	// which there may be too many. ShrinkAt is the smaller, by far.
	GrowAt, ShrinkAt time.Duration
	// GrowAfter and ShrinkAfter are how long that must last.
	GrowAfter, ShrinkAfter time.Duration
	// Full is the part of its time that a runtime is in JavaScript when it is full, Busy
	// the part of the CPUs in use when they are.
	Full, Busy float64
}

// DefaultConfig returns the configuration of a node whose file says how many alone.
func DefaultConfig() Config {
	return Config{
		GrowAt: 20 * time.Millisecond, ShrinkAt: 2 * time.Millisecond,
		GrowAfter: 300 * time.Millisecond, ShrinkAfter: 30 * time.Second,
		Full: 0.7, Busy: 0.9,
	}
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("autoscale: "+format, args...))
		}
	}
	need(c.Min >= 1, "min is %d: at least 1 is needed", c.Min)
	need(c.Max >= c.Min, "max is %d, and min %d: max is no less", c.Max, c.Min)
	need(c.CPUs > 0, "cpus is %v: must be positive", c.CPUs)
	need(c.ShrinkAt >= 0 && c.GrowAt > c.ShrinkAt, "grow at is %s, and shrink at %s: grow at is more", c.GrowAt, c.ShrinkAt)
	need(c.GrowAfter > 0 && c.ShrinkAfter > 0, "grow after is %s, and shrink after %s: must be positive", c.GrowAfter, c.ShrinkAfter)
	need(c.Full > 0 && c.Full <= 1 && c.Busy > 0 && c.Busy <= 1, "full is %v, and busy %v: parts of 1", c.Full, c.Busy)
	return errors.Join(errs...)
}

// Sample is how a node is at one time.
type Sample struct {
	At time.Time
	// Runtimes is how many there are, without those that drain.
	Runtimes int
	// Delay is how long calls wait to start.
	Delay time.Duration
	// Turns is how many runtimes were in JavaScript on average since the last sample.
	Turns float64
	// CPU is how many CPUs the process uses.
	CPU float64
}

// past is how many times as long calls must have waited before a node goes past its CPUs.
const past = 10

// longestPatience is by how much ShrinkAfter is multiplied at most.
const longestPatience = 16

// State is what a decision needs to know of the ones before. The zero value is ready.
type State struct {
	slow, calm time.Time // since when calls wait, and since when fewer would do; zero: not
	shrunk     time.Time
	patience   int // of ShrinkAfter; 0 is 1
}

// Decide returns how many runtimes there should be.
func (s *State) Decide(cfg Config, now Sample) int {
	n := now.Runtimes
	switch {
	case n < cfg.Min:
		return cfg.Min
	case n > cfg.Max:
		return cfg.Max
	}
	slow := now.Delay >= cfg.GrowAt
	calm := now.Delay <= cfg.ShrinkAt && now.Turns <= cfg.Full*float64(n-1)
	patience := cfg.GrowAfter
	if float64(n) >= cfg.CPUs {
		patience *= past
	}
	switch {
	case lasts(&s.slow, slow, now.At, patience):
		return s.grow(cfg, now)
	case lasts(&s.calm, calm, now.At, cfg.ShrinkAfter*time.Duration(max(s.patience, 1))) && n > cfg.Min:
		s.calm, s.shrunk = now.At, now.At
		return n - 1
	}
	return n
}

func (s *State) grow(cfg Config, now Sample) int {
	n := now.Runtimes
	bound, whole := cfg.Max, int(math.Ceil(cfg.CPUs))
	if now.CPU >= cfg.Busy*cfg.CPUs || n < whole { // past the CPUs, only from there
		bound = min(bound, max(n, whole))
	}
	want := min(n+max(1, n/2), bound)
	if want == n {
		return n
	}
	s.slow = now.At // what was started has the same time to show
	if !s.shrunk.IsZero() && now.At.Sub(s.shrunk) < 2*cfg.ShrinkAfter*time.Duration(max(s.patience, 1)) {
		s.patience = min(2*max(s.patience, 1), longestPatience)
	} else {
		s.patience = 1
	}
	s.shrunk = time.Time{}
	return want
}

// lasts notes since when something is so, and reports whether that is long enough.
func lasts(since *time.Time, is bool, now time.Time, long time.Duration) bool {
	switch {
	case !is:
		*since = time.Time{}
	case since.IsZero():
		*since = now
	}
	return is && now.Sub(*since) >= long
}
