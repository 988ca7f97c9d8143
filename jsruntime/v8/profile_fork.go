//go:build !rogchap

package v8

/*
#include <stdlib.h>
#include "native.h"
*/
import "C"

import "unsafe"

// profile begins a CPU profile; false where that cannot be, or one goes on.
func (n *native) profile(samples int) bool {
	if n.profiling == nil {
		n.profiling = C.isolane_profile(n.isolate, C.uint32_t(max(1, samples)))
		return n.profiling != nil
	}
	return false
}

// sample has a sample taken soon, where JavaScript runs. Safe from any goroutine while the
// isolate is there.
func (n *native) sample() { C.isolane_sample(n.account, n.isolate) }

// endProfile ends the profile and returns it; nil where there is none of at most so many bytes.
func (n *native) endProfile(most int) []byte {
	if n.profiling == nil {
		return nil
	}
	var size C.int64_t
	text := C.isolane_end_profile(n.profiling, C.int64_t(most), &size)
	n.profiling = nil
	if text == nil {
		return nil
	}
	defer C.free(unsafe.Pointer(text))
	return append([]byte{}, unsafe.Slice((*byte)(unsafe.Pointer(text)), size)...)
}
