package stream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/ackpolicy"
)

// consumer serves one trigger, from start to ended.
type consumer struct {
	t       *Triggers
	trigger Trigger
	policy  ackpolicy.Policy
	log     *slog.Logger
	// next is the subject of pull requests.
	next string
	// version is what is deployed of the function now.
	version atomic.Pointer[string]
	counts  counts
	// epochsFailed counts epochs in a row that were not served, and epochWait is how long to
	// wait after the last; the goroutine's that pulls.
	epochsFailed int
	epochWait    time.Duration
	// confirmed says that a stream takes the replies.
	confirmed atomic.Bool
	// wake has a word for the goroutine that pulls: there may be room.
	wake chan struct{}
	// quit has it pull no more.
	quit context.CancelFunc
	// ended is closed when nothing of the consumer runs any more.
	ended chan struct{}
	// slow are the messages that wait for the server before they are settled.
	slow sync.WaitGroup
	// patient makes the context of such a wait, hurry ends them all.
	patient func(time.Duration) (context.Context, context.CancelFunc)
	hurry   context.CancelFunc
	hurried <-chan struct{}

	mu     sync.Mutex
	window window
	pull   pull
	// held are the messages that are not settled, told is in the order in which the
	// server last heard of them; bytes are their payloads'; guarded by mu.
	held  map[*delivery]struct{}
	told  toldList
	bytes int64
	// fault is why the trigger is not served now, "" when it is; guarded by mu.
	fault string
	// order runs what comes in its order, while this member holds it; nil else, and for
	// triggers without an order; guarded by mu.
	order *sequencer
	// runner runs the keys of a keyed function that are this member's; nil for all others. Set
	// before start.
	runner *runner
	// refusing says that no turns of other members are taken on any more; guarded by mu.
	refusing bool
	// batches puts messages together; nil for a trigger without a batch. Set before start.
	batches *batcher
	// idle is closed when held is empty; nil while nobody waits; guarded by mu.
	idle chan struct{}
	// cut says that whatever was held has been given back; guarded by mu.
	cut bool
}

func newConsumer(t *Triggers, trigger Trigger) *consumer {
	c := &consumer{
		t: t, trigger: trigger, policy: trigger.policy(t.cfg.Policy),
		log:  t.deps.Logger.With(slog.String("function", trigger.Function), slog.String("stream", trigger.Stream.Name)),
		wake: make(chan struct{}, 1), ended: make(chan struct{}),
		held: map[*delivery]struct{}{},
	}
	c.serveFrom(trigger.durable(t.cfg.Queue))
	c.version.Store(&trigger.Version)
	if trigger.Keyed {
		c.runner = &runner{c: c}
	}
	if b := trigger.Stream.Batch; b != nil {
		c.batches = newBatcher(c, *b)
	}
	return c
}

// start begins to pull, until ctx is done; what is held then is tended until it is
// settled, or cutOff is called.
func (c *consumer) start(ctx context.Context) {
	waiting, hurry := context.WithCancel(context.WithoutCancel(ctx))
	c.patient = func(d time.Duration) (context.Context, context.CancelFunc) { return context.WithTimeout(waiting, d) }
	c.hurry, c.hurried = hurry, waiting.Done()
	ctx, c.quit = context.WithCancel(ctx)
	pulled := make(chan struct{})
	go func() {
		defer close(pulled)
		c.run(ctx)
		if c.batches != nil {
			c.batches.hurry()
		}
	}()
	go func() {
		defer close(c.ended)
		c.tend(pulled)
		c.refuse()
		c.slow.Wait()
		c.hurry()
		c.quit()
	}()
}

// run serves the trigger until ctx is done.
func (c *consumer) run(ctx context.Context) {
	if c.trigger.Stream.Order != "" {
		c.runInOrder(ctx)
		return
	}
	c.serveUntil(ctx)
}

// serveUntil serves the trigger again and again until ctx is done.
func (c *consumer) serveUntil(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		err := c.serve(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errReconnected):
			c.counts.reconnects.Add(1)
			failures = 0
			continue
		}
		c.mu.Lock()
		if c.fault == "" { // it was served in between
			failures = 0
		}
		c.mu.Unlock()
		pause(ctx, c.failed(err, failures))
		failures++
	}
}

// failed takes in that the trigger is not served, the time after so many failures, and
// returns how long to wait.
func (c *consumer) failed(err error, failures int) time.Duration {
	c.mu.Lock()
	again := c.fault == err.Error()
	c.fault = err.Error()
	c.mu.Unlock()
	c.counts.faults.Add(1)
	wait := min(c.t.cfg.Retry<<min(failures, 16), c.t.cfg.MaxRetry)
	if !again { // once, and again when it is another one
		c.log.Error("the trigger is not served; its messages wait in the stream, and it is tried again",
			slog.Any("error", err), slog.Duration("wait", wait))
	}
	return wait
}

// serveFrom has pulls ask that consumer.
func (c *consumer) serveFrom(durable string) {
	c.next = "$JS.API.CONSUMER.MSG.NEXT." + c.trigger.Stream.Name + "." + durable
}

// serving says that the server has answered a pull request: the trigger is served.
func (c *consumer) serving() {
	c.mu.Lock()
	before := c.fault
	c.fault = ""
	c.mu.Unlock()
	if before != "" {
		c.log.Info("the trigger is served again", slog.String("after", before))
	}
}

// nudge has the goroutine that pulls look for room.
func (c *consumer) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// pause is bridge.Pause for who asks ctx afterwards.
func pause(ctx context.Context, d time.Duration) { _ = bridge.Pause(ctx, d) }
