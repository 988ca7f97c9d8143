package lease

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config is how a lease is held. The zero value of all but Holder stands for the
// default. Every one who may hold a key must have the same TTL and Drift; Acquire
// cannot check that.
type Config struct {
	// TTL is how long a record must have stood unchanged for another to take it: what
	// the death of a holder costs. Default 6s.
	TTL time.Duration
	// Renew is the time from the beginning of one renewal to the next; each is one
	// write. Default TTL/4; at most half of TTL less Margin, so that one may fail.
	Renew time.Duration
	// Margin is how much earlier than TTL the holder stops. Default TTL/6, which
	// covers clocks that go wrong by 9 % each, and at 6s one second between Held and
	// what is done after it.
	Margin time.Duration
	// Drift is by how much a clock may go too fast or too slow, as a fraction: Margin
	// must cover two that differ by twice as much. Default 0.05.
	Drift float64
	// Poll is how often Acquire looks at a record that another holds. Default TTL/12;
	// where the store can be watched, TTL.
	Poll time.Duration
	// Holder is who holds it, for people that read the record: the node's name. Two
	// that have the same name are told apart all the same.
	Holder string
	// Clock is nil for the system's monotonic clock.
	Clock Clock
	// Logger is told of what is retried and lost; nil discards it.
	Logger *slog.Logger
}

// DefaultConfig returns the defaults for a holder.
func DefaultConfig(holder string) Config {
	return Config{Holder: holder}.withDefaults()
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	if c.TTL == 0 {
		c.TTL = 6 * time.Second
	}
	if c.Renew == 0 {
		c.Renew = c.TTL / 4
	}
	if c.Margin == 0 {
		c.Margin = c.TTL / 6
	}
	if c.Drift == 0 {
		c.Drift = 0.05
	}
	if c.Poll == 0 {
		c.Poll = c.TTL / 12
	}
	if c.Clock == nil {
		c.Clock = systemClock{}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Validate reports every fault at once, of the values that will be used where a field
// is zero; each wraps ErrConfig.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
		}
	}
	need(c.Holder != "", "holder is not set: give the node's name")
	need(c.TTL >= 10*time.Millisecond && c.TTL <= 24*time.Hour, "ttl is %s: 10ms to 24h", c.TTL)
	need(c.Drift > 0 && c.Drift < 0.5, "drift is %g: more than 0, less than 0.5", c.Drift)
	need(c.Poll > 0 && c.Poll <= c.TTL, "poll is %s: more than 0, at most ttl, which is %s", c.Poll, c.TTL)
	need(c.Margin < c.TTL, "margin is %s: less than ttl, which is %s", c.Margin, c.TTL)
	need(c.Margin >= c.least(), "margin is %s: with a drift of %g and a ttl of %s at least %s is needed", c.Margin, c.Drift, c.TTL, c.least())
	need(c.Renew > 0 && c.Renew <= c.hold()/2, "renew is %s: more than 0, at most half of ttl less margin, which is %s", c.Renew, c.hold()/2)
	return errors.Join(errs...)
}

// hold is how long a renewal lasts by the holder's clock.
func (c Config) hold() time.Duration { return c.TTL - c.Margin }

// least is the smallest safe margin. A slow holder's hold takes hold/(1-drift) of true
// time, a fast taker's TTL takes TTL/(1+drift): the first must not be longer.
func (c Config) least() time.Duration {
	return time.Duration(float64(c.TTL) * 2 * c.Drift / (1 + c.Drift))
}
