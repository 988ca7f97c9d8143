//go:build !rogchap

package v8

/*
#include <stdlib.h>
#include "native.h"
*/
import "C"

import (
	"unsafe"
)

// port is a realm's way into JavaScript: see enter.cc.
type port struct{ c *C.isolane_port }

// newPort makes the way in for entry, a function of r's context, when r has its border.
func newPort(r *realm, entry *bindFunction) port {
	c := (*C.isolane_port)(C.calloc(1, C.sizeof_isolane_port))
	c.isolate = r.iso.native.isolate
	// The binding's unexported fields.
	c.context = (*struct {
		ref int
		ptr unsafe.Pointer
	})(unsafe.Pointer(r.ctx)).ptr
	c.function = pointerOf(entry.Value)
	c.undefined = pointerOf(r.undefined)
	c.words = (*C.int32_t)(unsafe.Pointer(&r.border.words[0]))
	return port{c}
}

// pointerOf is the binding's C value.
func pointerOf(v *bindValue) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(v)) }

func (p *port) close() {
	if p.c != nil {
		C.isolane_close_port(p.c)
		p.c = nil
	}
}

// enter calls the entry that stands in the control block without arguments. It returns
// the text that JavaScript returned, or that of the outbox's oldest record, and whether
// there is one.
func (p *port) enter() (string, bool, error) {
	C.isolane_enter(p.c, nil, 0, nil, 0)
	return p.result()
}

// enterText is enter with an argument.
func (p *port) enterText(a string) (string, bool, error) {
	C.isolane_enter(p.c, bytesOf(a), C.int64_t(len(a)), nil, 0)
	return p.result()
}

// enterTexts is enter with two arguments, of which the first may be undefined.
func (p *port) enterTexts(a string, undefined bool, b string) (string, bool, error) {
	if undefined {
		C.isolane_enter(p.c, nil, 0, bytesOf(b), C.int64_t(len(b)))
	} else {
		C.isolane_enter(p.c, bytesOf(a), C.int64_t(len(a)), bytesOf(b), C.int64_t(len(b)))
	}
	return p.result()
}

// enterScript runs the script and is enter with its completion value.
func (p *port) enterScript(script *bindScript) (string, bool, error) {
	C.isolane_load(p.c, *(*unsafe.Pointer)(unsafe.Pointer(script)))
	return p.result()
}

func (p *port) result() (string, bool, error) {
	c := p.c
	if c.failed != 0 {
		err := &bindJSError{Message: C.GoString(c.message), Location: C.GoString(c.location), StackTrace: C.GoString(c.stack)}
		for _, text := range [3]**C.char{&c.message, &c.location, &c.stack} {
			C.free(unsafe.Pointer(*text))
			*text = nil
		}
		return "", false, err
	}
	if c.size < 0 {
		return "", false, nil
	}
	if c.size == 0 {
		return "", true, nil
	}
	return string(unsafe.Slice((*byte)(unsafe.Pointer(c.text)), c.size)), true, nil
}

// nothing is what an empty text's address is.
var nothing [1]byte

// bytesOf is the address of a text, which is never nil.
func bytesOf(s string) *C.char {
	if s == "" {
		return (*C.char)(unsafe.Pointer(&nothing[0]))
	}
	return (*C.char)(unsafe.Pointer(unsafe.StringData(s)))
}
