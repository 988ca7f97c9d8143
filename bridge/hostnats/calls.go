package hostnats

import (
	"errors"
	"maps"
	"sync"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// calls counts calls of keys. The zero value is ready; safe for concurrent use.
type calls struct {
	mu      sync.Mutex
	by      map[string]uint64 // by how they ended; guarded by mu
	pending int               // guarded by mu
}

func (c *calls) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending++
}

// end takes in what came of a call that began.
func (c *calls) end(answer hostcap.Answer, err error) {
	word := CallOK
	known, ok := errors.AsType[*hostcap.Error](err)
	switch {
	case ok:
		word = string(known.Kind)
	case err != nil:
		word = string(hostcap.Other)
	case answer.Outcome != function.OK:
		word = string(hostcap.Failed)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending--
	if c.by == nil {
		c.by = map[string]uint64{}
	}
	c.by[word]++
}

// counted is what was counted so far.
func (c *calls) counted() (by map[string]uint64, pending int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.by), c.pending
}
