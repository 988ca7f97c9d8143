package cluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/cluster/remoting"
)

// RemoteConfig is how members reach one another for calls.
type RemoteConfig = remoting.Config

// TLSConfig names the files of RemoteConfig.TLS.
type TLSConfig = remoting.TLS

// Config is how a member behaves. The zero value of a time or a bound stands for its
// default.
type Config struct {
	// Name of this member: unique, stable over restarts. Gossip.Name, if it is empty.
	Name   string
	Gossip gossip.Config
	Remote RemoteConfig
	// AcceptTimeout is how long a peer may take to say that a call has arrived. Default
	// 1s.
	AcceptTimeout time.Duration
	Breaker       BreakerConfig
	// MaxPending is how many calls to others may be open at once; over it a call ends
	// with ErrNotDelivered. Default 10,000.
	MaxPending int
	// MaxServing is how many calls of others may run here at once; over it one is
	// refused. Default 10,000.
	MaxServing int
	// FreezeBound: a process that stood still for so long has been declared dead by the
	// others, and begins anew before it serves. Default 4s, at least 1s.
	FreezeBound time.Duration
	// FenceGrace is how long calls may go on when the member must begin anew. Default
	// 500ms.
	FenceGrace time.Duration
	Grains     GrainConfig
	// Lease fences grains; its Holder is Name.
	Lease lease.Config
	// Unfenced lets grains run without Deps.Store: one activation while the membership
	// agrees, and no promise when it does not.
	Unfenced bool
}

// BreakerConfig is when a peer is given up, and tried again.
type BreakerConfig struct {
	// Failures in a row that open the breaker. Default 1: a peer that does not answer
	// costs one timeout.
	Failures uint32
	// Open is how long it stays so until one call is let through to try. Default 2s.
	Open time.Duration
}

// GrainConfig bounds grains.
type GrainConfig struct {
	// Queue is how many messages wait for a grain that is being activated. Default 256.
	Queue int
	// StopTimeout bounds Grain.Stop; a grain that takes longer is left behind, and its
	// lease is given back all the same, since its token is void. Default 5s.
	StopTimeout time.Duration
	// StartTimeout bounds Grain.Start. Default 30s.
	StartTimeout time.Duration
	// Idle is after how long without a message a grain that nobody asked to Keep is
	// stopped. Default 10min.
	Idle time.Duration
	// Backoff is the first pause after a failed activation; it doubles up to 30 times
	// that. Default 200ms.
	Backoff time.Duration
}

// DefaultConfig returns the defaults for a member.
func DefaultConfig(name string) Config { return Config{Name: name}.withDefaults() }

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = c.Gossip.Name
	}
	c.Gossip.Name = c.Name
	c.Lease.Holder = c.Name
	or := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	count := func(n *int, value int) {
		if *n == 0 {
			*n = value
		}
	}
	or(&c.AcceptTimeout, time.Second)
	or(&c.Breaker.Open, 2*time.Second)
	or(&c.FreezeBound, 4*time.Second)
	or(&c.FenceGrace, 500*time.Millisecond)
	or(&c.Grains.StopTimeout, 5*time.Second)
	or(&c.Grains.StartTimeout, 30*time.Second)
	or(&c.Grains.Idle, 10*time.Minute)
	or(&c.Grains.Backoff, 200*time.Millisecond)
	count(&c.MaxPending, 10_000)
	count(&c.MaxServing, 10_000)
	count(&c.Grains.Queue, 256)
	if c.Breaker.Failures == 0 {
		c.Breaker.Failures = 1
	}
	return c
}

// Validate reports all faults at once, but for what only Start can see: ports that are
// taken, files that cannot be read.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	bad := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
	}
	if c.Name == "" {
		bad("the member has no name")
	}
	for _, d := range []struct {
		what  string
		value time.Duration
		least time.Duration
	}{
		{"accept timeout", c.AcceptTimeout, time.Millisecond},
		{"open time of the breaker", c.Breaker.Open, time.Millisecond},
		{"freeze bound", c.FreezeBound, time.Second},
		{"fence grace", c.FenceGrace, 0},
		{"stop timeout of grains", c.Grains.StopTimeout, time.Millisecond},
		{"start timeout of grains", c.Grains.StartTimeout, time.Millisecond},
		{"idle time of grains", c.Grains.Idle, time.Millisecond},
		{"back-off of grains", c.Grains.Backoff, time.Millisecond},
	} {
		if d.value < d.least {
			bad("%s is %s: at least %s", d.what, d.value, d.least)
		}
	}
	if c.MaxPending < 1 || c.MaxServing < 1 || c.Grains.Queue < 1 {
		bad("bounds on calls and on a grain's queue are at least 1")
	}
	if err := c.Remote.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("%w: %w", ErrConfig, err))
	}
	if err := c.Lease.Validate(); err != nil && c.Name != "" {
		errs = append(errs, fmt.Errorf("%w: %w", ErrConfig, err))
	}
	return errors.Join(errs...)
}
