package bridge

import (
	"sync"
	"time"
)

const (
	// maxHeld is how many replies are kept for one another at most.
	maxHeld = 16
	// holdFor is how long the first of them waits while others come, holdLongest while none
	// does: turns may be long.
	holdFor     = 100 * time.Microsecond
	holdLongest = time.Millisecond
	// dense is the time between replies under which the next one is worth waiting for.
	dense = 50 * time.Microsecond
)

// outbox hands replies to the connection together that come in quick succession. Each one
// handed over alone wakes the connection's goroutine, and costs a system call; under load
// that is more than many a function costs. A reply waits only while more calls are queued
// whose replies are to come soon: never where there is nothing else to do. Safe for
// concurrent use.
type outbox struct {
	// backlog is how many calls wait to start; nil is none, and then nothing is held.
	backlog func() int
	// send hands a reply over.
	send func(*call, *reply)

	mu   sync.Mutex
	held *batch // the first n; nil where there is none; guarded by mu, as all below
	n    int
	// spare is a batch that has been sent; nil where both are in use.
	spare *batch
	// first is when held[0] came, last when the last reply did, gap the average time
	// between two.
	first, last time.Time
	gap         time.Duration
	timer       *time.Timer
	due         bool // timer will fire
}

// parcel is a reply on its way.
type parcel struct {
	c *call
	r reply
}

// batch are those that go together.
type batch [maxHeld]parcel

// put sends the reply of c, at once or soon.
func (o *outbox) put(c *call, r reply) {
	if o.backlog == nil {
		alone := r // or else each would be allocated
		o.send(c, &alone)
		return
	}
	now := time.Now()
	o.mu.Lock()
	o.gap += (min(now.Sub(o.last), holdLongest) - o.gap) / 8
	o.last = now
	if o.n == 0 {
		o.first = now
	}
	if o.held == nil {
		o.held = new(batch)
	}
	o.held[o.n] = parcel{c, r}
	o.n++
	if o.n < maxHeld && o.gap < dense && now.Sub(o.first) < holdFor && o.backlog() > 0 {
		if !o.due {
			o.due = true
			o.wait(holdLongest)
		}
		o.mu.Unlock()
		return
	}
	o.release()
}

// wait has the timer fire after d. The caller holds mu.
func (o *outbox) wait(d time.Duration) {
	if o.timer == nil {
		o.timer = time.AfterFunc(d, o.expire)
		return
	}
	o.timer.Reset(d)
}

// expire sends what has been held for too long. The timer is not stopped when what it was
// set for is sent: under load that would be done for each.
func (o *outbox) expire() {
	o.mu.Lock()
	if o.n > 0 {
		if left := holdLongest - time.Since(o.first); left > 0 {
			o.wait(left)
			o.mu.Unlock()
			return
		}
	}
	o.due = false
	o.release()
}

// release sends what is held, and gives mu back, which the caller holds.
func (o *outbox) release() {
	sent, n := o.held, o.n
	o.held, o.spare, o.n = o.spare, nil, 0
	o.mu.Unlock()
	if sent == nil {
		return
	}
	for i := range n {
		o.send(sent[i].c, &sent[i].r)
	}
	clear(sent[:n])
	o.mu.Lock()
	o.spare = sent
	o.mu.Unlock()
}

// stop ends the timer. Nothing is held any more, or nobody waits for it.
func (o *outbox) stop() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.timer != nil {
		o.timer.Stop()
	}
}
