package actors

import (
	"sync/atomic"

	"github.com/isolane/isolane/jsruntime/function"
)

// counts counts answers by outcome. Index 0 takes what is no outcome, so that a
// runtime's mistake shows and does not fault.
type counts [function.Canceled + 1]atomic.Uint64

func (c *counts) add(o function.Outcome) {
	if !o.Valid() {
		o = 0
	}
	c[o].Add(1)
}

// snapshot returns the outcomes that came at least once.
func (c *counts) snapshot() map[function.Outcome]uint64 {
	m := make(map[function.Outcome]uint64)
	for o := range c {
		if n := c[o].Load(); n > 0 {
			m[function.Outcome(o)] = n
		}
	}
	return m
}
