package quickjs

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
	alloc "modernc.org/memory"
)

// overhead is what the engine counts for each block, besides its size.
const overhead = 8

// memory is what an isolate has taken from the system.
type memory struct {
	blocks alloc.Allocator
	// limit is the most that may be held, in bytes; the buffers count too.
	limit uint64
	// exhausted says that more was wanted, and that JavaScript is stopped for it.
	exhausted bool
	// peak is the most that was held, or wanted at once, when it was.
	peak uint64
}

// newRuntime makes the engine's runtime, whose memory is this isolate's.
func (i *isolate) newRuntime() uintptr {
	size := int(unsafe.Sizeof(lib.TJSMallocFunctions{}))
	functions := i.tls.Alloc(size)
	defer i.tls.Free(size)
	*at[lib.TJSMallocFunctions](functions) = lib.TJSMallocFunctions{
		Fjs_malloc: goFunction(allocate), Fjs_free: goFunction(release),
		Fjs_realloc: goFunction(reallocate), Fjs_malloc_usable_size: goFunction(usable),
	}
	return lib.XJS_NewRuntime2(i.tls, functions, address(i))
}

func (i *isolate) state() *lib.TJSRuntime { return at[lib.TJSRuntime](i.rt) }

// held is how many bytes the isolate has.
func (i *isolate) held() uint64 {
	if i.rt == 0 {
		return 0
	}
	return i.state().Fmalloc_ctx.Fmalloc_state.Fmalloc_size
}

// over decides about an allocation that goes over the limit. Most are granted: it is
// JavaScript that is stopped, at its next look, and what it does until then, and what
// unwinding takes, is safer with memory than without. Only twice the limit is refused.
func (i *isolate) over(total uint64) bool {
	m := &i.memory
	m.peak = max(m.peak, total)
	if total > m.limit+m.limit/4 || !i.collect() {
		m.exhausted = true
		i.stopped.Store(true)
	}
	return total <= 2*m.limit
}

// collect has garbage that refers to itself collected before the next object is made. It
// reports false where that has been done, and left the isolate nearly full.
func (i *isolate) collect() bool {
	if i.rt == 0 {
		return false
	}
	threshold := &i.state().Fmalloc_gc_threshold
	if *threshold == 0 {
		return true // it will be
	}
	// After a collection the engine sets the threshold to one and a half of what is left.
	if left := *threshold / 3 * 2; left > i.memory.limit/8*7 {
		return false
	}
	*threshold = 0
	return true
}

// close gives everything back.
func (m *memory) close() { _ = m.blocks.Close() } // an unmap that fails leaves a mapping, and nothing to do about it

// The functions that the engine gets memory by.

func allocate(_ *libc.TLS, state uintptr, size libc.Tsize_t) uintptr {
	s := at[lib.TJSMallocState](state)
	i := at[isolate](s.Fopaque)
	if total := s.Fmalloc_size + size; total > i.memory.limit && !i.over(total) {
		return 0
	}
	block, err := i.memory.blocks.UintptrMalloc(int(size))
	if err != nil || block == 0 {
		return 0
	}
	s.Fmalloc_count++
	s.Fmalloc_size += libc.Tsize_t(alloc.UintptrUsableSize(block)) + overhead
	return block
}

func release(_ *libc.TLS, state, block uintptr) {
	if block == 0 {
		return
	}
	s := at[lib.TJSMallocState](state)
	s.Fmalloc_count--
	s.Fmalloc_size -= libc.Tsize_t(alloc.UintptrUsableSize(block)) + overhead
	_ = at[isolate](s.Fopaque).memory.blocks.UintptrFree(block) // it fails where an unmap does
}

func reallocate(tls *libc.TLS, state, block uintptr, size libc.Tsize_t) uintptr {
	switch {
	case block == 0 && size == 0:
		return 0
	case block == 0:
		return allocate(tls, state, size)
	case size == 0:
		release(tls, state, block)
		return 0
	}
	s := at[lib.TJSMallocState](state)
	i := at[isolate](s.Fopaque)
	old := libc.Tsize_t(alloc.UintptrUsableSize(block))
	if total := s.Fmalloc_size + size - old; size > old && total > i.memory.limit && !i.over(total) {
		return 0
	}
	moved, err := i.memory.blocks.UintptrRealloc(block, int(size))
	if err != nil || moved == 0 {
		return 0
	}
	s.Fmalloc_size += libc.Tsize_t(alloc.UintptrUsableSize(moved)) - old
	return moved
}

func usable(_ *libc.TLS, block uintptr) libc.Tsize_t {
	return libc.Tsize_t(alloc.UintptrUsableSize(block))
}
