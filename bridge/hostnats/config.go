package hostnats

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/isolane/isolane/bridge/delayed"
)

// Config bounds what functions use together. Begin with DefaultConfig.
type Config struct {
	// MaxPending bounds the operations that are pending, of all functions.
	MaxPending int
	// MaxPendingBytes bounds their payloads together. At least the server's max payload.
	MaxPendingBytes int64
	// MaxHops is how many calls of functions by functions may lead to another one, up to
	// function.MaxDepth.
	MaxHops int
	// Patience bounds a round trip to the server: the confirmation of a publish, and each
	// operation on a bucket. The invocation's deadline counts too.
	Patience time.Duration
	// Queue is the queue group of the members whose keyed functions are called.
	Queue string
	// CallSilence is how long a call waits without a word from who has its key, and CallNobody
	// while nobody has: a member takes the keys of one that died over within some seconds.
	CallSilence, CallNobody time.Duration
	// CallTook is told how long each call took that was sent, whatever came of it, from any
	// goroutine; it must not block. Nil for nobody.
	CallTook func(time.Duration)
	// MaxBuckets bounds the buckets that are kept open; more are opened anew each time.
	MaxBuckets int
	// Delayed says where messages wait that are to be published later.
	Delayed delayed.Config
	// Logger takes what whoever runs the node can mend; nil is silence.
	Logger *slog.Logger
}

// DefaultConfig is the configuration of a node.
func DefaultConfig() Config {
	return Config{
		MaxPending: 4096, MaxPendingBytes: 64 << 20, MaxHops: 32, Patience: 5 * time.Second, MaxBuckets: 256,
		Queue: "isolane", CallSilence: 5 * time.Second, CallNobody: 15 * time.Second,
		Delayed: delayed.DefaultConfig(),
	}
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var faults []error
	positive := func(name string, v int64) {
		if v <= 0 {
			faults = append(faults, fmt.Errorf("hostnats: %s is %d, must be over 0", name, v))
		}
	}
	positive("MaxPending", int64(c.MaxPending))
	positive("MaxPendingBytes", c.MaxPendingBytes)
	positive("MaxHops", int64(c.MaxHops))
	positive("Patience", int64(c.Patience))
	positive("CallSilence", int64(c.CallSilence))
	positive("CallNobody", int64(c.CallNobody))
	if c.Queue == "" {
		faults = append(faults, errors.New("hostnats: no Queue"))
	}
	positive("MaxBuckets", int64(c.MaxBuckets))
	faults = append(faults, c.Delayed.Validate())
	return errors.Join(faults...)
}
