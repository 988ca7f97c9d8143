//go:build linux && !rogchap

package v8

/*
#include <stdlib.h>
#include "native.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"unsafe"
)

// useSnapshot makes the context in which the sources have run, one after the other,
// what every context of this process begins as. It is to be called once, before the
// first isolate, and takes about 30 ms.
func useSnapshot(origin string, sources ...string) error {
	var texts []*C.char
	text := func(s string) *C.char {
		c := C.CString(s)
		texts = append(texts, c)
		return c
	}
	defer func() {
		for _, c := range texts {
			C.free(unsafe.Pointer(c))
		}
	}()
	cFlags := text(strings.Join(append([]string{"--no-freeze_flags_after_init"}, flags[:]...), " "))
	cOrigin := text(origin)
	cSources := (**C.char)(C.malloc(C.size_t(uintptr(len(sources)) * unsafe.Sizeof(cOrigin))))
	defer C.free(unsafe.Pointer(cSources))
	for n, source := range sources {
		unsafe.Slice(cSources, len(sources))[n] = text(source)
	}
	var why *C.char
	blob := C.isolane_snapshot(cFlags, cOrigin, cSources, C.int(len(sources)), &why)
	if why != nil {
		defer C.free(unsafe.Pointer(why))
		return errors.New("v8: snapshot: " + C.GoString(why))
	}
	if errno := C.isolane_use_snapshot(blob); errno != 0 {
		return fmt.Errorf("v8: snapshot: %w", syscall.Errno(errno))
	}
	return nil
}
