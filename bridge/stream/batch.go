package stream

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// batcher puts messages together for a function that takes batches. Those that were
// delivered as often are in groups of one size; see ackpolicy.Policy.BatchSize.
//
// A group is run when it is full, or its first message has waited for as long as the
// manifest says; when the consumer stops pulling, at once.
type batcher struct {
	c     *consumer
	batch function.Batch
	// run has a batch run.
	run func([]*delivery)

	mu sync.Mutex
	// groups are those that are not full, by how many may be in them; guarded by mu.
	groups map[int]*group
	// hurried says that nothing waits for others any more; guarded by mu.
	hurried bool
}

// group is messages that wait for others.
type group struct {
	of    []*delivery
	bytes int64
	// timer runs the group when it has waited.
	timer *time.Timer
}

func newBatcher(c *consumer, batch function.Batch) *batcher {
	return &batcher{c: c, batch: batch, run: c.runBatch, groups: map[int]*group{}}
}

// add takes d on. One that waits already was delivered again: the one that is in stands
// for both.
func (b *batcher) add(d *delivery) {
	most := b.c.policy.BatchSize(b.batch.Size, d.inv.Attempt)
	b.mu.Lock()
	if d.meta.NumDelivered > 1 && b.waits(d) {
		b.mu.Unlock()
		b.c.release(d)
		return
	}
	var ready [][]*delivery
	g := b.groups[most]
	if g != nil && g.bytes+d.weight() > int64(b.batch.Bytes) {
		ready = append(ready, b.take(most))
		g = nil
	}
	if g == nil {
		g = &group{}
		b.groups[most] = g
		if most > 1 && !b.hurried {
			g.timer = time.AfterFunc(b.batch.Wait, func() { b.waited(most, g) })
		}
	}
	g.of = append(g.of, d)
	g.bytes += d.weight()
	if len(g.of) >= most || g.bytes >= int64(b.batch.Bytes) || b.hurried {
		ready = append(ready, b.take(most))
	}
	b.mu.Unlock()
	for _, batch := range ready {
		b.run(batch)
	}
}

// waits reports whether a delivery of the same message waits. The caller holds mu.
func (b *batcher) waits(d *delivery) bool {
	for _, g := range b.groups {
		if slices.ContainsFunc(g.of, func(o *delivery) bool { return o.place() == d.place() && !o.ended.Load() }) {
			return true
		}
	}
	return false
}

// take takes a group out. The caller holds mu.
func (b *batcher) take(most int) []*delivery {
	g := b.groups[most]
	delete(b.groups, most)
	if g.timer != nil {
		g.timer.Stop()
	}
	return g.of
}

// waited runs g, if it still waits.
func (b *batcher) waited(most int, g *group) {
	b.mu.Lock()
	if b.groups[most] != g {
		b.mu.Unlock()
		return
	}
	batch := b.take(most)
	b.mu.Unlock()
	b.run(batch)
}

// hurry runs what waits, and has nothing wait from then on.
func (b *batcher) hurry() {
	var ready [][]*delivery
	b.mu.Lock()
	b.hurried = true
	for most := range b.groups {
		ready = append(ready, b.take(most))
	}
	b.mu.Unlock()
	for _, batch := range ready {
		b.run(batch)
	}
}

// weight is what a delivery counts for in the bytes of a batch.
func (d *delivery) weight() int64 { return int64(d.msg.Size()) }

// runBatch has a batch run: those of its messages that are still to be run.
func (c *consumer) runBatch(batch []*delivery) {
	now := c.t.deps.Clock()
	batch = slices.DeleteFunc(batch, func(d *delivery) bool {
		if d.ended.Load() { // it was given back meanwhile
			return true
		}
		late := d.late(now)
		if late && d.ended.CompareAndSwap(false, true) {
			res, _ := c.expired(d)
			c.outlast(d, res, arrived)
		}
		return late
	})
	if len(batch) == 0 {
		return
	}
	slices.SortFunc(batch, func(a, b *delivery) int { return cmp.Compare(a.place(), b.place()) })
	for i, d := range batch {
		d.at, d.shared = i, len(batch) > 1
	}
	c.counts.batches.Add(1)
	inv := batchInvocation(c.trigger, batch)
	s := c.beginBatch(inv, batch)
	c.t.deps.Dispatcher.Submit(inv, func(res *function.Result) {
		if s != nil {
			span.Settle(s, res)
		}
		c.settleBatch(inv, batch, res)
	})
}

// settleBatch ends each message of a batch that has run as inv.
func (c *consumer) settleBatch(inv *function.Invocation, batch []*delivery, res *function.Result) {
	res = sound(res)
	batch, spared := c.sparesSome(batch, res)
	if len(spared) > 0 {
		c.runBatch(spared)
	}
	if len(batch) == 0 {
		return
	}
	c.mu.Lock()
	c.window.done(res.Receipt.Queued, res.Outcome == function.Overloaded, c.load())
	c.mu.Unlock()
	c.counts.outcomes[res.Outcome].Add(1)
	record := c.keepBatch(batch, inv, res)
	for _, d := range batch {
		if d.ended.CompareAndSwap(false, true) {
			d.recording = record
			c.settledWith(d, res)
			c.conclude(d, res)
		}
	}
}

// load is how many invocations what is held would make. The caller holds mu.
func (c *consumer) load() int {
	size := c.trigger.batch()
	return (len(c.held) + size - 1) / size
}
