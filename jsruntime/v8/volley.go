//go:build !rogchap

package v8

/*
#include "native.h"
*/
import "C"

import (
	"math"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/isolane/isolane/jsruntime"
)

// volley is the memory in which invocations cross the border together. An isolate has one,
// since one of its realms runs at a time.
type volley struct {
	starts []C.isolane_start
	// input holds their texts.
	input []byte
	// next is how many have been begun; see isolane_begin_all.
	next int32
	// left are the records that JavaScript left, in the port's memory, read up to at.
	left *C.isolane_port
	at   C.int64_t
}

// keptInput is how much of the texts' memory is kept for the next volley, in bytes.
const keptInput = 64 << 10

var _ jsruntime.Volleyer = (*realm)(nil)

// Prepare implements jsruntime.Volleyer.
func (r *realm) Prepare(starts []jsruntime.Start) bool {
	if r.iso.wasm { // its memories are counted by V8 alone, between turns
		return false
	}
	b := &r.iso.volley
	b.starts, b.input = b.starts[:0], b.input[:0]
	for _, s := range starts {
		c := C.isolane_start{
			id: C.int32_t(s.ID), kind: C.int32_t(s.Kind), attempt: C.int32_t(s.Attempt), deadline: C.double(s.Deadline),
			text: C.int64_t(len(b.input)), text_size: -1,
		}
		if s.Kind&^jsruntime.PayloadMarks != jsruntime.PayloadOnDemand {
			b.input = append(b.input, s.Text...)
			c.text_size = C.int64_t(len(s.Text))
		}
		c.head, c.head_size = C.int64_t(len(b.input)), C.int64_t(len(s.Head))
		b.input = append(b.input, s.Head...)
		b.starts = append(b.starts, c)
	}
	atomic.StoreInt32(&b.next, 1)
	return true
}

// BeginAll implements jsruntime.Volleyer.
func (r *realm) BeginAll(pace time.Duration, swelled uint64) (int, error) {
	b := &r.iso.volley
	r.prepare(jsruntime.EntryStart)
	begun := C.isolane_begin_all(r.port.c, unsafe.SliceData(b.starts), C.int32_t(len(b.starts)),
		(*C.char)(unsafe.Pointer(unsafe.SliceData(b.input))), (*C.int32_t)(&b.next),
		C.int64_t(pace), C.int64_t(min(swelled, math.MaxInt64)))
	b.left, b.at = r.port.c, 0
	r.iso.calls.sweep()
	if cap(b.input) > keptInput {
		b.input = nil
	}
	if _, _, err := r.port.result(); err != nil {
		return int(begun), r.translate(err)
	}
	return int(begun), nil
}

// TakeBack implements jsruntime.Volleyer.
func (r *realm) TakeBack() (begun int, began time.Duration) {
	b := &r.iso.volley
	begun = int(atomic.SwapInt32(&b.next, int32(len(b.starts))))
	return begun, time.Duration(atomic.LoadInt64((*int64)(&b.starts[begun-1].began)))
}

// Turn implements jsruntime.Volleyer.
func (r *realm) Turn(i int) (began, ended time.Duration) {
	s := &r.iso.volley.starts[i]
	return time.Duration(s.began), time.Duration(s.ended)
}

// NextOf implements jsruntime.Volleyer.
func (r *realm) NextOf() (int, jsruntime.Record, bool) {
	b := &r.iso.volley
	if b.left == nil || b.at >= b.left.out_size {
		b.left = nil
		return 0, jsruntime.Record{}, false
	}
	c := (*C.isolane_record)(unsafe.Add(unsafe.Pointer(b.left.out), b.at))
	record := jsruntime.Record{
		Kind: jsruntime.RecordKind(c.kind), Inv: int32(c.inv), Op: int32(c.op), Flags: int32(c.flags),
	}
	size := C.int64_t(C.sizeof_isolane_record)
	text := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(c), size)), int(c.text_size+max(c.bytes_size, 0)))
	record.Text = string(text[:c.text_size])
	if c.bytes_size >= 0 {
		record.Bytes = append([]byte{}, text[c.text_size:]...)
	}
	b.at += (size + C.int64_t(len(text)) + 7) &^ 7
	return int(c.turn), record, true
}
