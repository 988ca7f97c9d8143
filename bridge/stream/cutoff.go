package stream

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// cutPatience bounds what a drain that has run out of time still takes to end runs and to
	// settle them.
	cutPatience = 2 * time.Second
	// notingBack bounds what is spent on noting that a message was given back unrun.
	notingBack = 2 * time.Second
)

// haveEnded waits until all have ended, and reports whether that was before ctx.
func haveEnded(ctx context.Context, all []*consumer) bool {
	for _, c := range all {
		select {
		case <-c.ended:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// cutOff ends what is held: runs that can be ended are, and settled as they ended; what is left
// is given back to the server. It returns how many messages are to be delivered again.
func (t *Triggers) cutOff(all []*consumer) (given int) {
	ctx, cancel := context.WithTimeout(context.Background(), cutPatience)
	defer cancel()
	naks := make([]uint64, len(all))
	for i, c := range all {
		c.mu.Lock()
		c.cut = true
		c.mu.Unlock()
		naks[i] = c.counts.naks.Load()
	}
	said := t.recall(ctx)
	for _, c := range all {
		given += c.giveUp(ctx, said)
	}
	for i, c := range all {
		given += c.letGo(ctx)
		given += int(c.counts.naks.Load() - naks[i]) //nolint:gosec // what one member holds
	}
	return given
}

// recall has runs end, and returns what was said of the messages of those that go on.
func (t *Triggers) recall(ctx context.Context) map[string]function.Verdict {
	if t.deps.Recall == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cutPatience/2) // the rest is for the server
	defer cancel()
	return t.deps.Recall(ctx)
}

// giveUp settles what functions have said of messages that still run, and gives the others back
// that are not in an order. It returns how many it gave back.
func (c *consumer) giveUp(ctx context.Context, said map[string]function.Verdict) (given int) {
	if c.trigger.Stream.Order != "" {
		return 0
	}
	c.mu.Lock()
	rest := slices.Collect(maps.Keys(c.held))
	c.mu.Unlock()
	var back []*delivery
	for _, d := range rest {
		if !d.ended.CompareAndSwap(false, true) {
			continue // it is being settled
		}
		if v := said[d.inv.ID]; v.Action != function.Unsaid {
			res := function.Failure(function.Canceled, "the node was shut down before the function had ended")
			res.Verdicts = make([]function.Verdict, d.at+1)
			res.Verdicts[d.at] = v
			c.counts.outcomes[res.Outcome].Add(1)
			c.conclude(d, res) //nolint:contextcheck // what it waits for ends with the consumer
			continue
		}
		back = append(back, d)
	}
	c.giveBackWithin(ctx, back)
	return len(back)
}

// wasCut reports whether what is held has been given back: nothing is run any more.
func (c *consumer) wasCut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cut
}

// reopen has d, which was about to be settled, be one that runs, and reports whether it may.
func (c *consumer) reopen(d *delivery) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut { // else giveUp finds it
		return false
	}
	d.ended.Store(false)
	return true
}

// letGo waits until the server was told of what has ended, or ctx is done, and lets the rest
// go. That is what is in an order and still runs: nobody may have it before the ack wait is
// over. It returns how many those are.
func (c *consumer) letGo(ctx context.Context) (given int) {
	if c.t.deps.Conn.IsConnected() {
		select {
		case <-c.empty():
		case <-ctx.Done():
		}
	}
	c.hurry()
	c.mu.Lock()
	rest := slices.Collect(maps.Keys(c.held))
	c.mu.Unlock()
	for _, d := range rest {
		if c.trigger.Stream.Order != "" {
			given++
			c.release(d)
		}
	}
	return given
}

// giveBack has the server deliver messages again, at once, and notes that this does not
// count, as far as there is time.
func (c *consumer) giveBack(back []*delivery) {
	ctx, cancel := context.WithTimeout(context.Background(), notingBack)
	defer cancel()
	c.giveBackWithin(ctx, back)
}

func (c *consumer) giveBackWithin(ctx context.Context, back []*delivery) {
	for _, d := range back {
		if ctx.Err() == nil && c.t.deps.Conn.IsConnected() {
			if note, known := c.noted(ctx, d); known {
				note.Forgiven++
				c.note(ctx, d, note)
			}
		}
		c.tell(d, "nak", func() error { return d.msg.Nak() })
	}
}
