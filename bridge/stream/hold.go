package stream

import "time"

// toldList is a list of deliveries, the one that the server heard of longest ago first.
type toldList struct{ head, tail *delivery }

func (l *toldList) pushBack(d *delivery) {
	d.prev, d.next = l.tail, nil
	if l.tail != nil {
		l.tail.next = d
	} else {
		l.head = d
	}
	l.tail = d
}

func (l *toldList) remove(d *delivery) {
	if d.prev != nil {
		d.prev.next = d.next
	} else {
		l.head = d.next
	}
	if d.next != nil {
		d.next.prev = d.prev
	} else {
		l.tail = d.prev
	}
	d.prev, d.next = nil, nil
}

// hold takes d in, and reports whether it may be run: not once the rest was given back.
func (c *consumer) hold(d *delivery) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return false
	}
	c.held[d] = struct{}{}
	c.told.pushBack(d)
	c.bytes += d.size
	return true
}

// release lets d go once the server was told how it ended.
func (c *consumer) release(d *delivery) {
	c.mu.Lock()
	if _, in := c.held[d]; !in { // it was cut off meanwhile
		c.mu.Unlock()
		return
	}
	delete(c.held, d)
	d.record()
	c.told.remove(d)
	c.bytes -= d.size
	if len(c.held) == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
	c.mu.Unlock()
	c.nudge()
}

// empty returns a channel that is closed when nothing is held.
func (c *consumer) empty() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.idle != nil {
		return c.idle
	}
	idle := make(chan struct{})
	if len(c.held) == 0 {
		close(idle)
	} else {
		c.idle = idle
	}
	return idle
}

// sweepEvery is how often idle keys are looked at, at least.
const sweepEvery = 2 * time.Second

// tend tells the server of what runs, until pulled is closed and nothing is held.
func (c *consumer) tend(pulled <-chan struct{}) {
	every := c.policy.AckWait / 8
	if c.trigger.Keyed {
		every = min(every, sweepEvery)
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var idle <-chan struct{}
	for {
		select {
		case <-pulled:
			pulled, idle = nil, c.empty()
		case <-idle:
			return
		case <-ticker.C:
			c.tellProgress()
		}
	}
}

// tellProgress tells the server of each message that runs, and of which it has not
// heard for half of the ack wait.
func (c *consumer) tellProgress() {
	now := c.t.deps.Clock()
	if c.runner != nil {
		c.runner.sweep(now)
	}
	var due []*delivery
	c.mu.Lock()
	if c.order != nil && !c.order.lease.Held() {
		c.mu.Unlock() // another member is to have them
		return
	}
	for d := c.told.head; d != nil && c.due(d, now); d = c.told.head {
		c.told.remove(d)
		d.told = now
		c.told.pushBack(d)
		due = append(due, d)
	}
	c.mu.Unlock()
	for _, d := range due {
		// Lost with the connection, it is told again, or delivered to another.
		if err := d.msg.InProgress(); err == nil {
			c.counts.progress.Add(1)
		}
	}
}
