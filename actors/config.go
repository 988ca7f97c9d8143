package actors

import (
	"errors"
	"fmt"
	"time"

	"github.com/isolane/isolane/actors/shed"
	"github.com/isolane/isolane/jsruntime/function"
)

// Config is what a Pool is made from. Start takes it by value.
type Config struct {
	// Node is the node's name, as it stands in receipts.
	Node string
	// Runtimes is the number of shared runtime actors, one isolate each. Default 2; at
	// most FirstDedicated; 0 only where Overflow is set. More than the cores buys
	// isolation between functions, not throughput.
	Runtimes int
	// MaxDedicated is how many functions may have an isolate of their own; deploying
	// one more is refused, or housing it where Dedicated is DedicatedAsked. Default 32;
	// 0 refuses all. While versions change there may be twice as many isolates: the old
	// ones finish what they have in flight.
	MaxDedicated int
	// Dedicated says when a function with dedicated: true has its runtime here. Default
	// DedicatedHere.
	Dedicated Dedication
	// MaxInflight is how many invocations one isolate holds at once, of all its
	// functions together. Default 1024: four times the default of a function's own
	// limit, so that one function that waits cannot close an isolate to the others.
	MaxInflight int
	// Queue is how many invocations may wait to start; one more is answered
	// overloaded. Default 1024.
	Queue int
	// SpillAt is how many invocations wait before Overflow is asked to take the next.
	// Default 256, a quarter of Queue; 0, or more than Queue, is only when the queue is
	// full.
	SpillAt int
	// Overflow hands an invocation on to another node. It is asked instead of queueing,
	// where nothing could run the invocation at once and SpillAt are waiting, no shared
	// runtime has an isolate, or the pool is being drained; and for what is queued, when
	// the last shared runtime goes, or once it has waited for 250 ms. With true it took
	// the invocation, and calls done once, from any goroutine, now or later; with false it
	// keeps nothing, and the invocation is queued here while there is room, until its
	// deadline. It is called outside every lock, from any goroutine, and must not block.
	// Nil is a node alone.
	Overflow Overflow
	// Elsewhere is Overflow for a function with dedicated: true that is not housed here;
	// see Dedicated. Nil refuses its calls.
	Elsewhere func(name string, inv *function.Invocation, done func(*function.Result)) bool
	// Shed says when a function's calls wait too long, and are answered overloaded. Those
	// that are Invocation.Patient never are for that. Default: 250ms for half a second, and 16
	// calls for each runtime; a Target of 0 sheds none.
	Shed shed.Config
	// MaxAttempts is how often an invocation of an idempotent function is run when
	// isolates die under it. Default 3; 1 means that nothing is run again.
	MaxAttempts int
	// RetryAfter is what an overloaded caller is told to wait. Default 1s.
	RetryAfter time.Duration
	// Policy says how an invocation comes to a shared runtime. Default Pull.
	Policy Policy
	// Affinity prefers a runtime where the function is warm. Default true; false
	// is for experiments.
	Affinity bool
	// Backoff has a runtime that loses isolates again and again wait ever longer before the
	// next. Default true; false is for experiments.
	Backoff bool
	// Quarantine bounds what one function may do to the isolates.
	Quarantine QuarantineConfig
	// MaxStuck is how many turns that cannot be stopped may go on at once: each holds a
	// thread, and the memory of its isolate. With the last of them the pool goes on, and
	// Pool.Worn tells. Default 16; 0 is any number.
	MaxStuck int
	// NewRuntime makes an isolate. It is called on the runtime's actor.
	NewRuntime NewRuntime
}

// Overflow hands an invocation on to another node; see Config.Overflow.
type Overflow func(inv *function.Invocation, done func(*function.Result)) bool

// Dedication says when a function with dedicated: true has a runtime in a pool.
type Dedication uint8

const (
	// DedicatedHere gives it one as long as it is deployed. This is a node alone.
	DedicatedHere Dedication = iota
	// DedicatedAsked does from Pool.House(ctx, name, true) until Pool.House(ctx, name, false),
	// while it is deployed. Its other calls go to Config.Elsewhere, and never to
	// Config.Overflow.
	DedicatedAsked
)

// FirstDedicated is the number of the first runtime that serves one function alone;
// shared ones have smaller numbers.
const FirstDedicated = 10_000

// QuarantineConfig says when a function that condemns isolates is refused. One that
// gets a runtime stuck is refused at once whatever stands here, until another version
// of it is deployed: each of its calls might hold a thread for ever.
type QuarantineConfig struct {
	// Max is how many isolates a function may condemn within Window; one more
	// quarantines it. Default 20; 0 switches quarantine off.
	Max int
	// Window is the time over which condemnations are counted. Default 10s.
	Window time.Duration
	// Hold is how long the function is refused. Default 10s.
	Hold time.Duration
}

// DefaultConfig returns the configuration of a node whose file says nothing; Node
// and NewRuntime are left to the caller.
func DefaultConfig() Config {
	return Config{
		Runtimes:     2,
		MaxDedicated: 32,
		MaxInflight:  1024,
		Queue:        1024,
		SpillAt:      256,
		Shed:         shed.Config{Target: 250 * time.Millisecond, Interval: 500 * time.Millisecond, Calls: 16},
		MaxAttempts:  3,
		RetryAfter:   time.Second,
		Affinity:     true,
		Backoff:      true,
		MaxStuck:     16,
		Quarantine:   QuarantineConfig{Max: 20, Window: 10 * time.Second, Hold: 10 * time.Second},
	}
}

// Validate reports every fault at once; each wraps ErrConfig.
func (c Config) Validate() error {
	var errs []error
	need := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("%w: "+format, append([]any{ErrConfig}, args...)...))
		}
	}
	need(c.Runtimes >= 0, "runtimes is %d: at least 0 is needed", c.Runtimes)
	need(c.Runtimes != 0 || c.Overflow != nil, "runtimes is 0: at least 1 is needed where there is no other node to hand work on to")
	need(c.Runtimes <= FirstDedicated, "runtimes is %d: at most %d", c.Runtimes, FirstDedicated)
	need(c.MaxDedicated >= 0, "max dedicated is %d: 0 refuses all, more bounds them", c.MaxDedicated)
	need(c.MaxInflight >= 1, "max inflight is %d: at least 1 is needed", c.MaxInflight)
	need(c.Queue >= 1, "queue is %d: at least 1 is needed", c.Queue)
	need(c.SpillAt >= 0, "spill at is %d: 0 is only when the queue is full, more is how many wait before", c.SpillAt)
	need(c.Dedicated <= DedicatedAsked, "dedicated is %d: DedicatedHere and DedicatedAsked are known", c.Dedicated)
	need(c.Policy <= Random, "policy is %d: Pull, Hash, RoundRobin and Random are known", c.Policy)
	need(c.MaxAttempts >= 1, "max attempts is %d: at least 1 is needed", c.MaxAttempts)
	need(c.Shed.Target >= 0, "shed target is %s: 0 sheds nothing, more is the wait that is long", c.Shed.Target)
	if c.Shed.Target > 0 {
		need(c.Shed.Interval >= c.Shed.Target, "shed interval is %s, and its target %s: the interval is several times the target", c.Shed.Interval, c.Shed.Target)
		need(c.Shed.Calls >= 0, "shed calls is %d: 0 counts none", c.Shed.Calls)
	}
	need(c.RetryAfter > 0, "retry after is %s: must be positive", c.RetryAfter)
	need(c.MaxStuck >= 0, "max stuck is %d: 0 bears any number, more bounds them", c.MaxStuck)
	need(c.Quarantine.Max >= 0, "quarantine max is %d: 0 switches it off, more bounds it", c.Quarantine.Max)
	if c.Quarantine.Max > 0 {
		need(c.Quarantine.Window > 0, "quarantine window is %s: must be positive", c.Quarantine.Window)
		need(c.Quarantine.Hold > 0, "quarantine hold is %s: must be positive", c.Quarantine.Hold)
	}
	need(c.NewRuntime != nil, "new runtime is not set")
	return errors.Join(errs...)
}
