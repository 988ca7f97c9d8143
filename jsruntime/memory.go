package jsruntime

import (
	"cmp"
	"slices"

	"github.com/dustin/go-humanize"

	"github.com/isolane/isolane/jsruntime/function"
)

// lookAtMemory condemns the isolate if its heap ran full in a turn that hid it, or if
// it holds more outside the heap than it may, garbage not counted. Where the heap is
// nearly full, idle contexts make room.
func (r *Runtime) lookAtMemory(i *invocation, x *jsContext) error {
	if x.vm.dead {
		return nil
	}
	memory := x.vm.isolate.Memory()
	i.heap = max(i.heap, memory.Heap)
	defer func() { x.vm.seen = memory.External }()
	if memory.HeapLimit > x.vm.heapLimit || memory.Exhausted {
		return r.stopped(i, x, false, ErrTerminated)
	}
	if x.closed {
		return nil
	}
	limit := uint64(x.vm.buffers)
	mine := min(limit, uint64(i.fn.Manifest.Limits.Buffers))
	if memory.External > limit || x.buffers() > mine {
		if err := x.realm.Collect(); err != nil {
			return r.stopped(i, x, false, err)
		}
		memory = x.vm.isolate.Memory()
		if memory.External > limit {
			return r.outOfBuffers(i, x, memory.External)
		}
		if held := x.buffers(); held > mine {
			return r.condemn(i, x, function.ExceededMemory, buffersError(mine, held))
		}
	}
	return r.relieve(i, x, memory)
}

// outOfBuffers condemns the isolate for what it holds, or would hold, outside the
// heap. The culprit is the function that holds the most; i, if it is another's, is as
// innocent as its neighbours.
func (r *Runtime) outOfBuffers(i *invocation, x *jsContext, used uint64) error {
	cause := buffersError(uint64(x.vm.buffers), used)
	hoarder := x
	for _, other := range r.contexts.each() {
		if other.vm == x.vm && other.buffers() > hoarder.buffers() {
			hoarder = other
		}
	}
	if hoarder == x || hoarder.buffers() < uint64(x.vm.buffers)/2 {
		return r.condemn(i, x, function.ExceededMemory, cause)
	}
	return r.giveUp(&CondemnedError{Function: hoarder.key.name, Version: hoarder.key.version, Outcome: function.ExceededMemory, Cause: cause})
}

func buffersError(limit, used uint64) *function.LimitError {
	return &function.LimitError{Kind: function.LimitBuffers, Limit: humanize.IBytes(limit), Used: humanize.IBytes(used)}
}

// relieve drops idle contexts, the least recently used first, while the shared heap is
// more than half full of what is no garbage. It collects only where the heap has grown
// by a quarter since it last did.
func (r *Runtime) relieve(i *invocation, x *jsContext, memory Memory) error {
	high := x.vm.heapLimit / 2
	if x.vm.own {
		r.relieveOwned(x)
		return nil
	}
	if memory.Heap < high || memory.Heap < x.vm.settled/4*5 {
		return nil
	}
	if err := x.realm.Collect(); err != nil {
		return r.stopped(i, x, false, err)
	}
	x.vm.settled = x.vm.isolate.Memory().Heap
	if x.vm.settled < high {
		return nil
	}
	r.contexts.halve(x, false)
	if err := x.realm.Collect(); err != nil {
		return r.stopped(i, x, false, err)
	}
	x.vm.settled = x.vm.isolate.Memory().Heap
	return nil
}

// relieveOwned drops idle contexts with isolates of their own while these hold more, all
// together, than one isolate may.
func (r *Runtime) relieveOwned(keep *jsContext) {
	var held uint64
	for own := range r.owned {
		held += own.isolate.Memory().Heap
	}
	if held > uint64(r.cfg.Limits.Heap) {
		r.contexts.halve(keep, true)
	}
}

// halve drops the less recently used half of the idle contexts, but for keep: of those
// that share an isolate, or of those that own one.
func (c *contexts) halve(keep *jsContext, own bool) {
	var idle []*jsContext
	for _, x := range c.each() {
		if x.inflight == 0 && x != keep && x.vm.own == own {
			idle = append(idle, x)
		}
	}
	slices.SortFunc(idle, func(a, b *jsContext) int { return cmp.Compare(a.used, b.used) })
	for _, x := range idle[:(len(idle)+1)/2] {
		c.drop(x)
	}
}
