//go:build !rogchap

package v8

/*
#cgo CXXFLAGS: -std=c++20 -fno-rtti
#include "native.h"
*/
import "C"

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// prepare lets the binding initialise V8, which it does with its first isolate.
var prepare = sync.OnceFunc(func() {
	C.isolane_count_icu()
	C.isolane_set_entropy()
	bindNewIsolate(uint64(16 * function.MiB)).Dispose()
})

// native is what an isolate has beside the binding's: its account of buffers.
type native struct {
	account *C.isolane_account
	// isolate is v8::Isolate*, the binding's unexported first field.
	isolate unsafe.Pointer
	// profiling is the profile that goes on; nil for none.
	profiling unsafe.Pointer
}

// owner is whom a realm's buffers are charged to.
type owner = *C.isolane_owner

// nilOwner is nobody.
var nilOwner owner

// newIsolate makes an isolate with limits of its own, whose JavaScript asks i.
func newIsolate(i *isolate, cfg jsruntime.IsolateConfig) (*bindIsolate, native) {
	prepare()
	i.calls = newCalls(i)
	n := native{account: C.isolane_open_account(C.int64_t(cfg.Buffers), C.uintptr_t(i.calls.handle))}
	iso := bindNewIsolate(uint64(cfg.Heap))
	n.isolate = *(*unsafe.Pointer)(unsafe.Pointer(iso))
	C.isolane_close_opening(n.account, n.isolate)
	return iso, n
}

// trimFrom is what an isolate's Intl objects must have held, in bytes, for its end to
// give free memory of the C library back to the system: they are thousands of small
// pieces, between which the library keeps what is free.
const trimFrom = 4 << 20

// dispose frees the isolate and its account.
func (n *native) dispose(iso *bindIsolate) {
	held := n.intl()
	n.endProfile(0)
	C.isolane_retire(n.isolate)
	iso.Dispose()
	C.isolane_close_account(n.account)
	*n = native{}
	if held >= trimFrom {
		C.isolane_trim()
	}
}

func (n *native) look()      { C.isolane_look(n.account, n.isolate) }
func (n *native) lowMemory() { C.isolane_low_memory(n.isolate) }

// external returns the bytes that V8 counts outside the heap.
func (n *native) external() uint64 { return uint64(max(0, C.isolane_external(n.isolate))) }

// sync tells V8 what Intl objects hold, where that has changed; it may collect garbage.
func (n *native) sync() {
	if atomic.LoadInt64((*int64)(&n.account.icu)) != int64(n.account.icu_told) {
		C.isolane_sync_icu(n.account, n.isolate)
	}
}

// intl returns the bytes that the isolate's Intl objects hold.
func (n *native) intl() uint64 { return uint64(max(0, atomic.LoadInt64((*int64)(&n.account.icu)))) }

// buffers returns the bytes that the isolate's buffers have, and whether JavaScript
// was terminated, or refused, because there was no room for asked more.
func (n *native) buffers() (live, asked uint64, exhausted bool) {
	return uint64(atomic.LoadInt64((*int64)(&n.account.live))),
		uint64(atomic.LoadInt64((*int64)(&n.account.asked))),
		atomic.LoadInt32((*int32)(&n.account.exhausted)) != 0 || atomic.LoadInt32((*int32)(&n.account.denials)) != 0
}

// charge makes o the owner of buffers made from now on. The isolate is not running.
func (n *native) charge(o owner) { n.account.owner = o }

// lost returns the most that the heap had when it ran full, in bytes, and whether the
// thread that ran JavaScript stopped for good.
func (n *native) lost() (held uint64, lost bool) {
	return uint64(atomic.LoadInt64((*int64)(&n.account.held))), atomic.LoadInt32((*int32)(&n.account.lost)) != 0
}

// offerFlow puts what core.js needs to know whose code runs into a new context.
func (n *native) offerFlow(ctx *bindContext) { C.isolane_offer_flow(n.isolate, pointerOfContext(ctx)) }

// contextFields are the binding's.
type contextFields struct {
	ref int // of callbacks, which none of ours needs
	ptr unsafe.Pointer
	iso *bindIsolate
}

// pointerOfContext is the binding's C context.
func pointerOfContext(ctx *bindContext) unsafe.Pointer {
	return (*contextFields)(unsafe.Pointer(ctx)).ptr
}

// newContext makes a context of the snapshot's.
func (n *native) newContext(iso *bindIsolate, kind contextKind) (*bindContext, error) {
	var made unsafe.Pointer
	switch kind {
	case contextFirst:
		made = C.isolane_first_context(n.isolate, pointerOf(bindUndefined(iso)))
	case contextHost:
		made = C.isolane_new_context(n.isolate, 0)
	case contextPlain:
		made = C.isolane_new_context(n.isolate, 1)
	}
	if made == nil {
		return nil, jsruntime.ErrTerminated
	}
	ctx := new(bindContext)
	*(*contextFields)(unsafe.Pointer(ctx)) = contextFields{ptr: made, iso: iso}
	return ctx, nil
}

func (n *native) newOwner() owner { return C.isolane_new_owner(n.account) }

// forget has nothing told to o's realm any more.
func forget(o owner) { o.context, o.hook = nil, nil }

func ownerBytes(o owner) uint64 { return uint64(max(0, atomic.LoadInt64((*int64)(&o.bytes)))) }

func freeOwner(o owner) { C.isolane_free_owner(o) }
