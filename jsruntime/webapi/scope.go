package webapi

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// maxOpen is how many bodies and streams one invocation may have open in Go.
const maxOpen = 256

// Scope holds what an invocation has open in Go between two operations: bodies that are
// read or written in parts, streams that are compressed. Closing it ends them all, read or
// not, so that an invocation leaves nothing behind. It is safe for concurrent use.
type Scope struct {
	ctx    context.Context //nolint:containedctx // what is open lives as long as the scope, not as one operation
	cancel context.CancelFunc
	// computing holds one value while something is computed for the invocation.
	computing chan struct{}
	// spent is the time that goroutines computed for the invocation and that nobody took.
	spent atomic.Int64

	mu   sync.Mutex
	open map[string]opened // guarded by mu; nil after Close
	last int               // guarded by mu
	// run starts a goroutine of what is open.
	run func(func())
}

// opened is what a Scope holds.
type opened interface {
	// drop gives it up: nobody reads or writes it any more. It does not block.
	drop()
}

// NewScope makes a Scope; it must be closed, and ctx ends it too. Its goroutines, which
// end soon after, are started by run, whose owner waits for them.
func NewScope(ctx context.Context, run func(func())) *Scope {
	s := &Scope{computing: make(chan struct{}, 1), open: make(map[string]opened), run: run}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

// Close drops all that is open, without waiting for it. It is idempotent.
func (s *Scope) Close() {
	s.mu.Lock()
	open := s.open
	s.open = nil
	s.mu.Unlock()
	s.cancel()
	for _, o := range open {
		o.drop()
	}
}

// TakeSpent returns the time that was computed for the invocation outside of JavaScript
// since it was last asked.
func (s *Scope) TakeSpent() time.Duration { return time.Duration(s.spent.Swap(0)) }

func (s *Scope) charge(d time.Duration) { s.spent.Add(int64(d)) }

// add puts o into the scope, and returns what JavaScript calls it.
func (s *Scope) add(o opened) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.open == nil:
		return "", &Error{Name: "AbortError", Message: "the invocation is over"}
	case len(s.open) >= maxOpen:
		return "", &Error{Name: "QuotaExceededError", Message: "an invocation may have " + strconv.Itoa(maxOpen) + " bodies and streams open: read them to their ends, or cancel them"}
	}
	s.last++
	id := strconv.Itoa(s.last)
	s.open[id] = o
	return id, nil
}

// remove takes o out, without dropping it.
func (s *Scope) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, id)
}

// opening finds what JavaScript names; it must be of type T.
func opening[T opened](s *Scope, id string) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.open[id].(T)
	if !ok {
		return o, typeError("the body is not there any more: it was read, or belongs to an invocation that is over or another one")
	}
	return o, nil
}

// dropID drops what JavaScript names, if it is there.
func (s *Scope) dropID(id string) {
	s.mu.Lock()
	o := s.open[id]
	delete(s.open, id)
	s.mu.Unlock()
	if o != nil {
		o.drop()
	}
}
