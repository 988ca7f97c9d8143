package schedule

import (
	"sync"
	"sync/atomic"
)

// Stats is a snapshot of what one member's Scheduler has done since it was made.
type Stats struct {
	// Schedules is how many are kept.
	Schedules int
	// Fault is why they are not kept now, "" where they are.
	Fault string
	// Published counts the due times that this member published, and LeftOut those that it
	// left out since the run before went on. Those of other members are theirs.
	Published, LeftOut uint64
	// Faults counts the turns that failed.
	Faults uint64
	// Ahead counts how often a schedule was found to have a time on record that is yet to
	// come, as if the server's clock had been put back.
	Ahead uint64
}

// counts are what Stats is read from.
type counts struct {
	published, leftOut, faults, ahead atomic.Uint64

	mu    sync.Mutex
	fault string // guarded by mu
}

// faulty notes that a turn failed; nil that one went well.
func (c *counts) faulty(err error) {
	text := ""
	if err != nil {
		text = err.Error()
		c.faults.Add(1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = text
}

// Stats returns a snapshot. Safe for concurrent use, also after Close.
func (s *Scheduler) Stats() Stats {
	st := Stats{
		Schedules: len(s.current()),
		Published: s.counts.published.Load(), LeftOut: s.counts.leftOut.Load(), Faults: s.counts.faults.Load(),
		Ahead: s.counts.ahead.Load(),
	}
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	st.Fault = s.counts.fault
	return st
}
