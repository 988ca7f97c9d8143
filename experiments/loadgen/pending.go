package loadgen

import (
	"sync"
	"time"
)

// sent is one request that has no end yet.
type sent struct {
	seq uint64
	// target is the index of what it was sent to.
	target int
	// due is when it was to be sent, at when it was; as offsets from the beginning.
	due, at time.Duration
}

// pending holds what was sent on one connection and has no end yet, in the order of
// sending, and finds what waited too long. Safe for concurrent use.
type pending struct {
	mu   sync.Mutex
	open map[uint64]sent // guarded by mu
	// order are the sequence numbers as they were sent, some of them ended; guarded by mu.
	order []uint64
	head  int
	taken int           // taken out, and not done with; guarded by mu
	shut  bool          // nothing more comes; guarded by mu
	idle  chan struct{} // closed when shut, and all is done with
}

func newPending() *pending {
	return &pending{open: map[uint64]sent{}, idle: make(chan struct{})}
}

// add notes a request that is about to be sent.
func (p *pending) add(s sent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[s.seq] = s
	p.order = append(p.order, s.seq)
}

// take takes a request out; false where it is not known, or was taken. Who takes one calls
// done when its end is taken down.
func (p *pending) take(seq uint64) (sent, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, ok := p.open[seq]
	if ok {
		delete(p.open, seq)
		p.taken++
	}
	return s, ok
}

// done says that a request that was taken out is done with.
func (p *pending) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	p.settle()
}

// expire takes out what was sent before limit, as take does.
func (p *pending) expire(limit time.Duration) []sent {
	p.mu.Lock()
	defer p.mu.Unlock()
	var late []sent
	for p.head < len(p.order) {
		s, ok := p.open[p.order[p.head]]
		if ok && s.at >= limit {
			break
		}
		if ok {
			delete(p.open, s.seq)
			p.taken++
			late = append(late, s)
		}
		p.head++
	}
	if p.head > len(p.order)/2 && p.head > 1024 {
		p.order = append(p.order[:0], p.order[p.head:]...)
		p.head = 0
	}
	return late
}

// finish says that nothing more is sent; idle is closed when all is done with.
func (p *pending) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
	p.settle()
}

// settle closes idle where it is time. The caller holds mu.
func (p *pending) settle() {
	if !p.shut || len(p.open)+p.taken > 0 {
		return
	}
	select {
	case <-p.idle:
	default:
		close(p.idle)
	}
}
