package quickjs

import (
	"errors"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// isolate is one QuickJS runtime, with its context once it has its realm.
type isolate struct {
	engine *Engine
	tls    *libc.TLS
	rt     uintptr // lib.TJSRuntime; 0 after Dispose
	memory memory
	realm  *realm
	// stopped asks the engine to throw, past every catch and finally, as soon as it
	// looks. It is never taken back.
	stopped atomic.Bool
	// faulted says that the engine was left in the middle of something.
	faulted bool
}

var _ jsruntime.Isolate = (*isolate)(nil)

// errNoRoom is when not even an empty isolate fits.
var errNoRoom = errors.New("quickjs: no memory for an isolate")

func newIsolate(e *Engine, limit uint64) (*isolate, error) {
	i := &isolate{engine: e, tls: libc.NewTLS()}
	i.memory.limit = limit
	err := i.guard(func() error {
		i.rt = i.newRuntime()
		if i.rt == 0 {
			return errNoRoom
		}
		lib.XJS_SetInterruptHandler(i.tls, i.rt, goFunction(interrupted), address(i))
		lib.XJS_SetMaxStackSize(i.tls, i.rt, lib.MaxStackSlots)
		return nil
	})
	if err != nil {
		i.Dispose()
		return nil, err
	}
	return i, nil
}

// interrupted is asked by the engine now and then.
func interrupted(_ *libc.TLS, _, opaque uintptr) int32 {
	if at[isolate](opaque).stopped.Load() {
		return 1
	}
	return 0
}

// Terminate implements jsruntime.Isolate.
func (i *isolate) Terminate() { i.stopped.Store(true) }

// Look implements jsruntime.Isolate: the allocator looks at everything.
func (*isolate) Look() {}

// Lost implements jsruntime.Isolate: no thread of the engine's stops for good.
func (*isolate) Lost() *function.LimitError { return nil }

// Memory implements jsruntime.Isolate.
func (i *isolate) Memory() jsruntime.Memory {
	m := jsruntime.Memory{Heap: i.held(), HeapLimit: i.memory.limit, Peak: i.memory.peak}
	if i.memory.exhausted {
		m.HeapLimit++ // that is how it is told
	}
	if i.realm != nil {
		m.Contexts = 1
	}
	return m
}

// External implements jsruntime.Isolate: buffers are counted with the heap.
func (*isolate) External() uint64 { return 0 }

// Dispose implements jsruntime.Isolate. No finalizer runs, and nothing is freed one by
// one: the memory is given back as a whole, whatever state it is in.
func (i *isolate) Dispose() {
	if i.tls == nil {
		return
	}
	i.stopped.Store(true)
	i.rt, i.realm = 0, nil
	i.tls.Close()
	i.tls = nil
	i.memory.close()
}

// at is the Go value that address told the engine of. Whoever calls the engine holds it,
// and Go moves nothing on its heap.
func at[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// address is what the engine keeps of a Go value on the heap.
func address[T any](v *T) uintptr { return uintptr(unsafe.Pointer(v)) }

// goFunction is what the engine calls a Go function by. f must be declared, not a closure.
func goFunction(f any) uintptr {
	return (*[2]uintptr)(unsafe.Pointer(&f))[1]
}
