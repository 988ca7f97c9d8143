package lease

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// clock is a process's clock: it began anywhere, and goes rate times as fast as true
// time. What it calls waits while the process is frozen; the time goes on.
type clock struct {
	begun  time.Time // in true time
	offset time.Duration
	rate   float64
	gate   *gate
}

func (c clock) Now() time.Time {
	return c.begun.Add(c.offset + time.Duration(float64(time.Since(c.begun))*c.rate))
}

func (c clock) AfterFunc(d time.Duration, f func()) Timer {
	return timer{time.AfterFunc(c.truly(d), func() {
		c.gate.pass()
		f()
	}), c}
}

// truly is how long d lasts, rounded up: nothing that was to come later comes at once.
// Never nothing: timers that are due when they are made run on the maker's thread, and
// from several at once they crash the race detector in a bubble (Go 1.26).
func (c clock) truly(d time.Duration) time.Duration {
	return max(time.Duration(math.Ceil(float64(d)/c.rate)), 1)
}

type timer struct {
	*time.Timer
	clock clock
}

func (t timer) Reset(d time.Duration) bool { return t.Timer.Reset(t.clock.truly(d)) }

// gate is what a frozen process's goroutines wait at.
type gate struct {
	mu   sync.Mutex
	shut chan struct{} // nil while open
}

func (g *gate) pass() {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

func (g *gate) freeze() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut == nil {
		g.shut = make(chan struct{})
	}
}

func (g *gate) thaw() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

// network is the way from one process to the store. A call that its caller has given
// up is on its way all the same, and may take effect at any later time.
type network struct {
	store *Memory
	gate  *gate

	mu       sync.Mutex
	rnd      *rand.Rand
	slowest  time.Duration // of a request, and of an answer
	lossy    float64       // chance of a request, and of an answer, to be lost
	stale    float64       // chance of a Get to tell of the past
	answered []answer      // what Get could have told so far
}

type answer struct {
	value    []byte
	revision uint64
	err      error
}

var errDown = errors.New("no route to the store")

// set changes the weather.
func (n *network) set(slowest time.Duration, lossy, stale float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.slowest, n.lossy, n.stale = slowest, lossy, stale
}

func (n *network) draw() (request, reply time.Duration, lost, unanswered, stale, told bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	request = time.Duration(n.rnd.Int64N(int64(n.slowest) + 1))
	reply = time.Duration(n.rnd.Int64N(int64(n.slowest) + 1))
	chance := func(p float64) bool { return n.rnd.Float64() < p }
	return request, reply, chance(n.lossy), chance(n.lossy), chance(n.stale), chance(0.5)
}

func (n *network) do(ctx context.Context, call func(stale bool) answer) answer {
	n.gate.pass()
	request, reply, lost, unanswered, stale, told := n.draw()
	answers := make(chan answer, 1)
	go func() {
		pass(request)
		var a answer
		if !lost {
			a = call(stale)
		}
		pass(reply)
		switch {
		case !lost && !unanswered:
			answers <- a
		case told:
			answers <- answer{err: errDown}
		}
	}()
	var a answer
	select {
	case a = <-answers:
	case <-ctx.Done():
		a = answer{err: ctx.Err()}
	}
	n.gate.pass()
	return a
}

func (n *network) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	a := n.do(ctx, func(stale bool) answer {
		var a answer
		a.value, a.revision, a.err = n.store.Get(context.WithoutCancel(ctx), key)
		n.mu.Lock()
		defer n.mu.Unlock()
		n.answered = append(n.answered, a)
		if stale {
			return n.answered[n.rnd.IntN(len(n.answered))]
		}
		return a
	})
	return a.value, a.revision, a.err
}

func (n *network) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	a := n.do(ctx, func(bool) (a answer) {
		a.revision, a.err = n.store.Create(context.WithoutCancel(ctx), key, value)
		return a
	})
	return a.revision, a.err
}

func (n *network) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	a := n.do(ctx, func(bool) (a answer) {
		a.revision, a.err = n.store.Update(context.WithoutCancel(ctx), key, value, last)
		return a
	})
	return a.revision, a.err
}

func (n *network) Delete(ctx context.Context, key string, last uint64) error {
	return n.do(ctx, func(bool) answer {
		return answer{err: n.store.Delete(context.WithoutCancel(ctx), key, last)}
	}).err
}

// pass lets true time pass; as to none at all, see truly.
func pass(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}
