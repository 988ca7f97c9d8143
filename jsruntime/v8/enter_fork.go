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

// open makes the way into r's context, where r has its border.
func (p *port) open(r *realm) {
	p.c = C.isolane_open_port(r.iso.native.isolate, pointerOfContext(r.ctx), pointerOf(r.undefined),
		(*C.int32_t)(unsafe.Pointer(&r.border.words[0])))
	p.c.transfer = (**C.char)(unsafe.Pointer(r.border.place))
	p.c.account = r.iso.native.account
}

// use takes the entry and the hook of a host's script that has run in r's context.
func (p *port) use(r *realm, entry, hook *bindFunction) {
	p.open(r)
	C.isolane_use(p.c, r.owner, pointerOf(entry.Value), pointerOf(hook.Value))
}

// boot has the host's script of the snapshot begin in r's context.
func (p *port) boot(r *realm, config string) error {
	p.open(r)
	C.isolane_boot(p.c, r.owner, pointerOf(r.border.call), pointerOf(r.border.control), pointerOf(r.border.current),
		bytesOf(config), C.int64_t(len(config)))
	_, _, err := p.result()
	return err
}

// pointerOf is the binding's C value.
func pointerOf(v *bindValue) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(v)) }

func (p *port) close() {
	if p.c != nil {
		C.isolane_close_port(p.c)
		p.c = nil
	}
}

// halt has a volley end with the invocation that runs.
func (p *port) halt() { p.c.halt = 1 }

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
