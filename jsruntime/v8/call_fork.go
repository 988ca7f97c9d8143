//go:build !rogchap

package v8

/*
#include "native.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"

	"github.com/isolane/isolane/jsruntime"
)

// calls is how JavaScript asks Go: see context.cc.
type calls struct{ handle cgo.Handle }

func newCalls(i *isolate) calls { return calls{cgo.NewHandle(i)} }

// function makes the function that asks, in a context.
func (*calls) function(i *isolate, ctx *bindContext) (*bindValue, error) {
	made := C.isolane_new_call(i.native.isolate, pointerOfContext(ctx))
	if made == nil {
		return nil, jsruntime.ErrTerminated
	}
	value := new(bindValue)
	*(*struct { // the binding's unexported fields
		ptr unsafe.Pointer
		ctx *bindContext
	})(unsafe.Pointer(value)) = struct {
		ptr unsafe.Pointer
		ctx *bindContext
	}{made, ctx}
	return value, nil
}

// sweep releases what answers left behind.
func (*calls) sweep() {}

func (c *calls) close() { c.handle.Delete() }

// isolaneCalled answers a call from JavaScript. It runs inside the isolate, on the
// goroutine that entered it.
//
//export isolaneCalled
func isolaneCalled(host C.uintptr_t, call unsafe.Pointer, op *C.char, opSize C.int64_t, text *C.char, textSize C.int64_t) {
	i := cgo.Handle(host).Value().(*isolate) //nolint:forcetypeassert // newCalls put it there
	out, value, answered := i.answer(C.GoStringN(op, C.int(opSize)), C.GoStringN(text, C.int(textSize)))
	switch {
	case value != nil:
		C.isolane_answer_value(call, pointerOf(value))
	case answered:
		C.isolane_answer_text(call, bytesOf(out), C.int64_t(len(out)))
	}
}
