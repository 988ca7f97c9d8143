package bridge

import (
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/jsruntime/function"
)

// call is one message that came in, from the NATS callback to its reply.
type call struct {
	inv function.Invocation
	// reply is the subject of the reply, "" for fire-and-forget.
	reply string
	// size is the payload's length in bytes: inv is its runner's once handed on.
	size int64
	// span is recorded from receipt to reply; nil where none is.
	span trace.Span
	// answered is set by whoever answers: the first one only.
	answered atomic.Bool

	// next and prev link the call into its table; guarded by the table's mu.
	// linked says that they do.
	next, prev *call
	linked     bool
}

// calls is the table of accepted messages that are not answered yet. It bounds
// them, and finds them again when a drain runs out of time. Safe for concurrent
// use; the zero value with limits set is ready.
type calls struct {
	maxCount int
	maxBytes int64

	mu sync.Mutex
	// head is the youngest call; guarded by mu.
	head *call
	// count and bytes sum up the linked calls; guarded by mu.
	// Invariant: 0 <= count <= maxCount and 0 <= bytes <= maxBytes, but for what
	// function.Headroom adds to both.
	count int
	bytes int64
	// shut refuses every further call; guarded by mu.
	shut bool
	// idle is closed when count reaches 0; nil while nobody waits; guarded by mu.
	idle chan struct{}
}

// admission is what became of a call that asked to be accepted.
type admission uint8

const (
	admitted admission = iota + 1
	full
	refused
)

// admit links c, or says why not: full is over a bound, refused is shut.
func (t *calls) admit(c *call) admission {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.shut {
		return refused
	}
	if t.count >= function.Headroom(t.maxCount, c.inv.Depth) || t.bytes+c.size > int64(function.Headroom(int(t.maxBytes), c.inv.Depth)) {
		return full
	}
	c.linked = true
	if c.next = t.head; c.next != nil {
		c.next.prev = c
	}
	t.head = c
	t.count++
	t.bytes += c.size
	return admitted
}

// release unlinks c once its reply is on its way. A call that was never admitted
// is let be.
func (t *calls) release(c *call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !c.linked {
		return
	}
	c.linked = false
	if c.prev != nil {
		c.prev.next = c.next
	} else {
		t.head = c.next
	}
	if c.next != nil {
		c.next.prev = c.prev
	}
	c.next, c.prev = nil, nil
	t.count--
	t.bytes -= c.size
	if t.count == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// close refuses further calls and returns those that are linked, oldest first.
func (t *calls) close() []*call {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.shut = true
	rest := make([]*call, t.count)
	for c, i := t.head, t.count; c != nil; c = c.next {
		i--
		rest[i] = c
	}
	return rest
}

// empty returns a channel that is closed when no call is linked.
func (t *calls) empty() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count == 0 {
		done := make(chan struct{})
		close(done)
		return done
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	return t.idle
}

// pending returns the number of linked calls and their payloads' bytes.
func (t *calls) pending() (count int, bytes int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count, t.bytes
}
