package stream

import (
	"context"
	"log/slog"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// Leases give one member at a time a key. See package cluster/lease for what they
// promise.
type Leases interface {
	// Acquire blocks until the caller holds key, or ctx is done.
	Acquire(ctx context.Context, key string) (Lease, error)
}

// Lease is one holding of a key.
type Lease interface {
	// Held is to be asked before each use.
	Held() bool
	// Token is greater than that of every holder before.
	Token() uint64
	// Lost is closed when it is no longer held.
	Lost() <-chan struct{}
	// Release gives it back.
	Release(ctx context.Context) error
}

// headerFence carries the lease's token to the function: who writes somewhere that
// compares tokens can refuse a member that does not know yet that it is out.
const headerFence = "Isolane-Fence"

const (
	// orderHeld bounds what a trigger with an order holds: what waits behind others of
	// its key is among it.
	orderHeld = 1000
	// collectEvery is how often a new holder looks whether it has all that is pending.
	collectEvery = 200 * time.Millisecond
)

// sequencer runs the messages of a trigger with an order, while its member holds the
// lease: those with one key one after the other.
//
// It begins closed. A member that takes the lease over while messages are pending waits
// until no run of the holder before can go on, and until all that is pending has been
// delivered to itself; only then does it know the order.
type sequencer struct {
	c     *consumer
	lease Lease
	// keyed is for keyed functions; nil for all others.
	keyed *keyed

	mu      sync.Mutex
	lanes   lanes[queued] // guarded by mu
	running int           // guarded by mu
	// open says that messages may start; guarded by mu.
	open bool
	// closed says that none does any more, and closing is closed then; guarded by mu.
	closed  bool
	closing chan struct{}
	// idle is closed when closed is set and nothing runs; guarded by mu.
	idle chan struct{}

	// within makes a context that also ends with the lease, and when the consumer is in a
	// hurry; end ends them all.
	within func(time.Duration) (context.Context, context.CancelFunc)
	end    context.CancelFunc
}

// newSequencer returns one that is to be ended, when it is idle or nobody waits for that.
func newSequencer(c *consumer, lease Lease) *sequencer {
	ctx, end := c.patient(maxTenure)
	go func() {
		select {
		case <-lease.Lost():
			end()
		case <-ctx.Done():
		}
	}()
	return &sequencer{
		c: c, lease: lease, closing: make(chan struct{}), idle: make(chan struct{}), end: end,
		within: func(d time.Duration) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) },
	}
}

// maxTenure is longer than anything is waited for.
const maxTenure = 30 * 24 * time.Hour

// queued is what waits for its turn in a lane: a *delivery, or a *called.
type queued interface {
	place() uint64
	depth() int
}

// place implements item.
func (d *delivery) place() uint64 {
	if d.alarm != nil {
		return 0
	}
	return d.meta.Sequence.Stream
}

// depth implements item.
func (*delivery) depth() int { return 0 }

// add takes d on. One that is in already was delivered again, since a word of it was
// lost: the one that is in stands for both.
func (s *sequencer) add(d *delivery) {
	d.key = s.c.trigger.Stream.OrderKey(d.inv.Subject, function.Header(d.msg.Header))
	s.mu.Lock()
	closed := s.closed
	fresh := !closed && s.lanes.add(d.key, d)
	s.mu.Unlock()
	switch {
	case closed:
		s.c.tell(d, "nak", func() error { return d.msg.Nak() })
	case !fresh:
		s.c.release(d)
	default:
		s.pump()
	}
}

// addBehind takes d on, which comes from no stream.
func (s *sequencer) addBehind(d *delivery) {
	s.mu.Lock()
	if !s.closed {
		s.lanes.addBehind(d.key, d)
	}
	s.mu.Unlock()
	s.pump()
}

// pump starts what may start.
func (s *sequencer) pump() {
	s.c.mu.Lock()
	size, cut := s.c.window.size(), s.c.cut
	s.c.mu.Unlock()
	var starting []func()
	s.mu.Lock()
	for s.open && !s.closed && !cut && s.lease.Held() {
		next, depth, ok := s.lanes.next(s.running < size)
		if !ok {
			break
		}
		s.running++
		switch t := next.(type) {
		case *delivery:
			t.waited = depth
			starting = append(starting, func() { s.start(t) })
		case *called:
			starting = append(starting, func() { s.keyed.startCall(t) })
		}
	}
	s.mu.Unlock()
	for _, start := range starting {
		start()
	}
}

// start runs d here. It ends within the trigger's longest run, queueing included: that
// is what the next holder waits for. One whose own deadline passed while it waited for
// others of its key is a dead letter, in its place.
func (s *sequencer) start(d *delivery) {
	late := d.late(s.c.t.deps.Clock())
	if late && d.early == nil {
		d.early, d.earlyDecision = s.c.expired(d)
	}
	switch {
	case s.keyed != nil:
		s.keyed.start(d)
	case late:
		s.turn(func(ctx context.Context) { s.bury(ctx, d, d.early, d.earlyDecision) })
	default:
		inv := *d.inv
		s.submit(d, &inv)
	}
}

// submit hands on inv, which is a run of d. What d waited for others of its key is no part
// of it: the run's time begins now, and it waited for no runtime until now.
func (s *sequencer) submit(d *delivery, inv *function.Invocation) {
	s.c.begun(inv, s.lease.Token())
	s.c.t.deps.Dispatcher.SubmitHere(inv, func(res *function.Result) { s.ran(d, res) })
}

// begun has the time of inv, a run in an order, begin now.
func (c *consumer) begun(inv *function.Invocation, token uint64) {
	inv.Header = maps.Clone(inv.Header)
	inv.Header[headerFence] = []string{strconv.FormatUint(token, 10)}
	inv.Received = c.t.deps.Clock()
	if end := inv.Received.Add(c.trigger.Wall); inv.Deadline.IsZero() || inv.Deadline.After(end) {
		inv.Deadline = end
	}
}

// ran takes in how d ended.
func (s *sequencer) ran(d *delivery, res *function.Result) {
	res = sound(res)
	if s.c.spares(d, res) {
		s.turn(func(context.Context) { s.rerun(d) }) //nolint:contextcheck // a run has a context of its own
		return
	}
	s.tally(d, res)
	s.c.keep(d, res)
	s.turn(func(ctx context.Context) { s.conclude(ctx, d, res) })
}

// tally counts a run of d.
func (s *sequencer) tally(d *delivery, res *function.Result) {
	c := s.c
	c.settledWith(d, res)
	c.mu.Lock()
	c.window.done(res.Receipt.Queued, res.Outcome == function.Overloaded, len(c.held))
	c.mu.Unlock()
	c.counts.outcomes[res.Outcome].Add(1)
}

// turn does what takes a while about a message that counts as running, and takes it as one
// that has run then. ctx ends with the lease, or when the consumer is in a hurry.
func (s *sequencer) turn(f func(ctx context.Context)) {
	s.c.slow.Go(func() {
		ctx, cancel := s.within(maxTenure)
		f(ctx)
		cancel()
		s.mu.Lock()
		s.running--
		if s.running == 0 && s.closed {
			close(s.idle)
		}
		s.mu.Unlock()
		s.pump()
	})
}

// collect opens the sequencer when everything that is pending is known. pending is what
// was when the lease was taken.
func (s *sequencer) collect(ctx context.Context, pending int) {
	if pending > 0 {
		s.c.log.Info("messages of the holder before are pending; waiting until none of its runs can go on",
			slog.Int("pending", pending), slog.Duration("wait", s.c.trigger.Longest()))
		pause(ctx, s.c.trigger.Longest())
	}
	for pending > 0 && ctx.Err() == nil {
		pause(ctx, collectEvery)
		s.mu.Lock()
		have := s.lanes.len()
		s.mu.Unlock()
		if now, err := s.c.pending(ctx); err == nil && now <= have {
			break
		}
	}
	s.mu.Lock()
	s.open = ctx.Err() == nil
	s.mu.Unlock()
	s.pump() //nolint:contextcheck // a run has a context of its own
}

// close starts nothing more, and gives back what has not started.
func (s *sequencer) close() {
	s.mu.Lock()
	s.closed = true
	close(s.closing)
	var rest []*delivery
	var calls []*called
	for _, t := range s.lanes.drop() {
		switch t := t.(type) {
		case *delivery:
			if t.alarm == nil { // the bucket has those
				rest = append(rest, t)
			}
		case *called:
			calls = append(calls, t)
		}
	}
	if s.running == 0 {
		close(s.idle)
	}
	s.mu.Unlock()
	for _, c := range calls {
		s.keyed.calls.moved(c)
	}
	s.c.giveBack(rest)
}
