package actors

import (
	"sync"

	"github.com/asynkron/protoactor-go/actor"
)

// loop runs the mailbox of one actor on one goroutine, which lives as long as the actor:
// Proto.Actor's own way is a new one each time that a message finds the mailbox empty, and
// then its stack grows anew in each call.
type loop struct {
	mu    sync.Mutex
	work  chan func() // guarded by mu for senders
	ended bool        // guarded by mu
}

var _ actor.Dispatcher = (*loop)(nil)

// newLoop starts the goroutine; end ends it.
func newLoop() *loop {
	l := &loop{work: make(chan func(), 1)}
	go func() {
		for fn := range l.work {
			fn()
		}
	}()
	return l
}

// Schedule implements actor.Dispatcher. What comes when the loop has ended, or is more
// than a mailbox schedules at a time, has a goroutine of its own.
func (l *loop) Schedule(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		select {
		case l.work <- fn:
			return
		default:
		}
	}
	go fn()
}

// Throughput implements actor.Dispatcher: after so many messages others get the thread.
func (*loop) Throughput() int { return 300 }

// end ends the goroutine when it has run what was scheduled. It is idempotent.
func (l *loop) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.ended {
		l.ended = true
		close(l.work)
	}
}
