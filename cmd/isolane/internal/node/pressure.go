package node

import (
	"sync"
	"time"
)

// pressure says whether the process has come near to the memory that it may use. It is safe
// for concurrent use.
type pressure struct {
	// from is how many bytes are near; 0: none are.
	from uint64
	used func() uint64

	mu    sync.Mutex
	asked time.Time // guarded by mu
	last  bool      // guarded by mu
}

// pressureAge is for how long an answer holds.
const pressureAge = time.Second

// newPressure returns one for a process that may use limit bytes, 0 for not known, and that is
// near to it with that part of them; a part of 0 never is.
func newPressure(part float64, limit uint64, used func() uint64) *pressure {
	return &pressure{from: uint64(part * float64(limit)), used: used}
}

func (p *pressure) pressed() bool {
	if p.from == 0 {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); p.asked.IsZero() || now.Sub(p.asked) >= pressureAge {
		p.asked, p.last = now, p.used() >= p.from
	}
	return p.last
}
