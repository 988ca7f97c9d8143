package jsruntime

import (
	"fmt"

	"github.com/isolane/isolane/jsruntime/function"
)

// vm is an isolate with the limits it was made with: the one that functions share, or
// one that serves a single invocation.
type vm struct {
	isolate Isolate
	heap    function.Bytes
	buffers function.Bytes
	// heapLimit is the isolate's at the start; a larger one later means that the heap
	// ran full.
	heapLimit uint64
	// seen is the least that was held outside the heap since memory was looked at.
	seen uint64
	// settled is the heap in use after the last collection for want of room.
	settled uint64
	// own says that it dies with its invocation, and that nobody else is in it.
	own  bool
	dead bool
}

func newVM(engine Engine, limits function.Limits, own bool) (*vm, error) {
	isolate, err := engine.NewIsolate(IsolateConfig{Heap: limits.Heap, Buffers: limits.Buffers, Single: own})
	if err != nil {
		return nil, fmt.Errorf("jsruntime: new isolate: %w", err)
	}
	return &vm{
		isolate: isolate, heap: limits.Heap, buffers: limits.Buffers,
		heapLimit: isolate.Memory().HeapLimit, own: own,
	}, nil
}

// swelled reports whether the memory outside the heap has grown by a quarter of limit
// since it was looked at: a turn of microseconds can do that, with a WebAssembly memory,
// and the next one again.
func (m *vm) swelled(limit function.Bytes) bool {
	if m.dead {
		return false
	}
	external := m.isolate.External()
	return external > m.swellsAt(external, limit)
}

// swellsAt is what the isolate may hold outside the heap before it has swelled, where it
// holds external now.
func (m *vm) swellsAt(external uint64, limit function.Bytes) uint64 {
	m.seen = min(m.seen, external)
	return m.seen + uint64(min(m.buffers, limit))/4
}

// dispose frees the isolate; nothing may run in it. Idempotent.
func (m *vm) dispose() {
	if !m.dead {
		m.dead = true
		m.isolate.Dispose()
	}
}
