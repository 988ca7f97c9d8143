package cluster

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// pending is a call of this member that has not ended.
type pending struct {
	id      uint64
	member  string
	system  string // the peer's actor system, which alone may answer
	address string
	done    func([]byte, error)
	settle  func(error) // tells the breaker; called once

	// way is how far the request has come; see claim and withdraw.
	way atomic.Int32

	accepted bool        // guarded by calls.mu
	timer    *time.Timer // guarded by calls.mu; runs until accepted
	unwatch  func() bool // guarded by calls.mu; stops watching the caller's context
}

const (
	waiting   = iota // for a connection
	written          // to one, or run here: it may have arrived
	withdrawn        // it will not be written
)

// claim says that the request is written now; false: it was withdrawn.
func (p *pending) claim() bool { return p.way.CompareAndSwap(waiting, written) }

// withdraw takes the request back; true: it surely never left.
func (p *pending) withdraw() bool {
	return p.way.CompareAndSwap(waiting, withdrawn) || p.way.Load() == withdrawn
}

// calls is the table of what is pending. Whoever removes an entry ends it: that makes
// each done run once.
type calls struct {
	limit int

	mu    sync.Mutex
	last  uint64              // guarded by mu; the last id given
	table map[uint64]*pending // guarded by mu
	idle  chan struct{}       // guarded by mu; closed when table becomes empty; nil: nobody waits
}

func newCalls(limit int, first uint64) *calls {
	return &calls{limit: limit, last: first, table: map[uint64]*pending{}}
}

// add gives p an id and starts its clocks: expired runs after accept, left when ctx
// ends; each once at most, on goroutines of their own. False: the table is full.
func (c *calls) add(ctx context.Context, p *pending, accept time.Duration, expired, left func(id uint64)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.table) >= c.limit {
		return false
	}
	c.last++
	id := c.last
	p.id = id
	c.table[id] = p
	p.timer = time.AfterFunc(accept, func() { expired(id) })
	if ctx.Done() != nil {
		p.unwatch = context.AfterFunc(ctx, func() { left(id) })
	}
	return true
}

// accept marks a call as accepted by system and returns it, if it was not yet; false if
// it is not pending.
func (c *calls) accept(id uint64, system string) (first *pending, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.table[id]
	if p == nil || p.system != system {
		return nil, false
	}
	if p.accepted {
		return nil, true
	}
	p.accepted = true
	p.timer.Stop()
	return p, true
}

// take removes the call that check agrees with; nil if there is none.
func (c *calls) take(id uint64, check func(*pending) bool) *pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.table[id]
	if p == nil || (check != nil && !check(p)) {
		return nil
	}
	c.removeLocked(p)
	return p
}

// takeAll removes every call that check agrees with.
func (c *calls) takeAll(check func(*pending) bool) []*pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	var taken []*pending
	for _, p := range c.table {
		if check(p) {
			c.removeLocked(p)
			taken = append(taken, p)
		}
	}
	return taken
}

func (c *calls) removeLocked(p *pending) {
	delete(c.table, p.id)
	p.timer.Stop()
	if p.unwatch != nil {
		p.unwatch()
	}
	if len(c.table) == 0 && c.idle != nil {
		close(c.idle)
		c.idle = nil
	}
}

func (c *calls) len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.table)
}

// wait returns when no call is pending, or ctx is done.
func (c *calls) wait(ctx context.Context) error {
	for {
		c.mu.Lock()
		if len(c.table) == 0 {
			c.mu.Unlock()
			return nil
		}
		if c.idle == nil {
			c.idle = make(chan struct{})
		}
		idle := c.idle
		c.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
