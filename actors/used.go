package actors

import (
	"sync/atomic"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// Used is what calls took, as their receipts say, summed.
type Used struct {
	// CPU is the time in JavaScript, IO the time in which they waited for what they had asked
	// for.
	CPU, IO time.Duration
	// Cold counts those for which a context was made.
	Cold uint64
}

// used sums it. The zero value is ready, and it is safe for concurrent use.
type used struct {
	cpu, io atomic.Int64 // nanoseconds
	cold    atomic.Uint64
}

// add takes the receipt of an answer; what it says nothing of costs nothing.
func (u *used) add(r *function.Receipt) {
	if r.CPU > 0 {
		u.cpu.Add(int64(r.CPU))
	}
	if r.IO > 0 {
		u.io.Add(int64(r.IO))
	}
	if r.Cold {
		u.cold.Add(1)
	}
}

func (u *used) sum() Used {
	return Used{CPU: time.Duration(u.cpu.Load()), IO: time.Duration(u.io.Load()), Cold: u.cold.Load()}
}
