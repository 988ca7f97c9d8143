package route

import "sync/atomic"

// Stats counts since the Router was made.
type Stats struct {
	// Spilled were handed to a peer with room, Asked to a dedicated function's isolate.
	Spilled, Asked uint64
	// Returned came back unrun, and were run or refused here; Again were run again since
	// the peer died and the function is idempotent; Lost were answered crashed for that;
	// TimedOut had their deadline pass on the way.
	Returned, Again, Lost, TimedOut uint64
	// Served came from peers; Refused of them never ran here.
	Served, Refused uint64
}

type counts struct{ spilled, asked, returned, again, lost, timedOut, served, refused atomic.Uint64 }

// Stats returns the counters as they are.
func (r *Router) Stats() Stats {
	c := &r.counts
	return Stats{
		Spilled: c.spilled.Load(), Asked: c.asked.Load(), Returned: c.returned.Load(), Again: c.again.Load(),
		Lost: c.lost.Load(), TimedOut: c.timedOut.Load(), Served: c.served.Load(), Refused: c.refused.Load(),
	}
}
