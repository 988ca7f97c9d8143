package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"github.com/isolane/isolane/bridge"
)

// Serve runs t, which another member has handed to this one by its Spread. done is called once,
// from any goroutine, with the answer or an error that wraps ErrNotTaken. It does not block. When
// ctx ends nobody waits for the answer, and nothing is committed any more.
func (t *Triggers) Serve(ctx context.Context, turn *Turn, done func(*Answer, error)) {
	t.mu.Lock()
	c := t.running[Trigger{Function: turn.Invocation.Function}.key()]
	t.mu.Unlock()
	if c == nil || c.runner == nil {
		done(nil, fmt.Errorf("%w: no keyed function %s listens to a stream here", ErrNotTaken, turn.Invocation.Function))
		return
	}
	if !strings.HasPrefix(turn.Stream, c.trigger.Stream.Name+"@") {
		done(nil, fmt.Errorf("%w: %s listens to the stream %s here, not to %s", ErrNotTaken, turn.Invocation.Function, c.trigger.Stream.Name, turn.Stream))
		return
	}
	if !c.takeOn(ctx, turn, func(a *Answer) { done(a, nil) }) {
		done(nil, fmt.Errorf("%w: it ends here", ErrNotTaken))
	}
}

// takeOn runs a turn of another member's, and reports whether it does: not once the consumer
// ends. The consumer waits for it.
func (c *consumer) takeOn(ctx context.Context, turn *Turn, done func(*Answer)) bool {
	c.mu.Lock()
	if c.refusing {
		c.mu.Unlock()
		return false
	}
	c.slow.Add(1)
	c.mu.Unlock()
	c.counts.served.Add(1)
	running, cancel := c.patient(maxTenure)
	stay := context.AfterFunc(ctx, cancel)
	var once sync.Once
	end := func(a *Answer) {
		once.Do(func() {
			stay()
			cancel()
			done(a)
			c.slow.Done()
		})
	}
	//nolint:contextcheck // running ends with ctx too, and when the consumer is in a hurry
	context.AfterFunc(running, func() { end(&Answer{End: Dropped}) })
	c.runner.run(running, turn, end) //nolint:contextcheck // see above
	return true
}

// refuse takes no more turns of other members on; those that are under way go on.
func (c *consumer) refuse() {
	c.mu.Lock()
	c.refusing = true
	c.mu.Unlock()
}

// lostTurn logs, now and then, that a member did not run what was handed to it.
func (c *consumer) lostTurn(d *delivery, member string, err error) {
	level := slog.LevelWarn
	if errors.Is(err, ErrNotTaken) {
		level = slog.LevelDebug // as it joins, drains, or has not the function yet
	}
	if c.t.lines.Allow() {
		c.log.LogAttrs(context.Background(), level, "a member did not run a message of a key that was handed to it; the next one does",
			slog.String("peer", member), d.inv.LogAttr(), slog.String("error", bridge.OneLine(err.Error(), 512)))
	}
}
