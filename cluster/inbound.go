package cluster

import (
	"context"
	"sync"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// origin is which call of whom.
type origin struct {
	system string // the caller's actor system
	id     uint64
}

// serving is a call of another member, or of this one, that runs here.
type serving struct {
	origin
	node   *node
	answer *actor.PID // whom to answer
	cancel context.CancelCauseFunc
	stop   context.CancelFunc // ends the deadline's timer
	notice *time.Timer        // guarded by inbound.mu; tells the caller that the call has arrived; nil: it is not
}

// callerGoneError is why a handler's context ends when the caller waits no more.
type callerGoneError struct{}

func (callerGoneError) Error() string { return "cluster: the caller waits no more" }

// inbound is the table of what runs here. Whoever removes an entry answers it.
type inbound struct {
	limit int

	mu    sync.Mutex
	table map[origin]*serving // guarded by mu
	idle  chan struct{}       // guarded by mu; closed when table becomes empty; nil: nobody waits
}

type admission uint8

const (
	admitted admission = iota
	duplicate
	full
)

func newInbound(limit int) *inbound { return &inbound{limit: limit, table: map[origin]*serving{}} }

func (t *inbound) add(s *serving) admission {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.table[s.origin]; ok {
		return duplicate
	}
	if len(t.table) >= t.limit {
		return full
	}
	t.table[s.origin] = s
	return admitted
}

// notice calls tell after a while, once, unless s has ended by then.
func (t *inbound) notice(s *serving, after time.Duration, tell func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.table[s.origin] == s {
		s.notice = time.AfterFunc(after, tell)
	}
}

// remove ends s; false if it had ended.
func (t *inbound) remove(s *serving) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.table[s.origin] != s {
		return false
	}
	delete(t.table, s.origin)
	if s.notice != nil {
		s.notice.Stop()
	}
	if len(t.table) == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
	return true
}

// cancel ends the context of the calls that check agrees with; they stay until they are
// replied to.
func (t *inbound) cancel(check func(*serving) bool, why error) {
	t.mu.Lock()
	var found []*serving
	for _, s := range t.table {
		if check(s) {
			found = append(found, s)
		}
	}
	t.mu.Unlock()
	for _, s := range found {
		s.cancel(why)
	}
}

func (t *inbound) cancelOne(o origin) {
	t.mu.Lock()
	s := t.table[o]
	t.mu.Unlock()
	if s != nil {
		s.cancel(callerGoneError{})
	}
}

func (t *inbound) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.table)
}

// wait returns when nothing runs, or ctx is done.
func (t *inbound) wait(ctx context.Context) error {
	for {
		t.mu.Lock()
		if len(t.table) == 0 {
			t.mu.Unlock()
			return nil
		}
		if t.idle == nil {
			t.idle = make(chan struct{})
		}
		idle := t.idle
		t.mu.Unlock()
		select {
		case <-idle:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
