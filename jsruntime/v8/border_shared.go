//go:build !rogchap

package v8

/*
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/isolane/isolane/jsruntime"
)

// border is Go's side of border.js: two pieces of memory that Go and JavaScript share.
// Both sides use it in turn, never at once.
type border struct {
	iso      *isolate
	own      *bindContext // nil where the buffers belong to a realm's context
	call     *bindValue   // the function by which JavaScript asks Go
	make     *bindFunction
	control  *bindValue
	current  *bindValue // the transfer buffer
	words    []int32
	floats   []float64
	transfer []byte
	// place holds the address of transfer, for who reads it without Go; C memory.
	place        *unsafe.Pointer
	freeWords    func()
	freeTransfer func()
}

// newBorder makes a border with its buffers in ctx.
func newBorder(i *isolate, ctx *bindContext) (*border, error) {
	b := &border{iso: i}
	script, fresh, err := i.compile("((SAB) => (n) => new SAB(n))(SharedArrayBuffer)", originBorder, originBorder, &i.engine.borderCode)
	if err != nil {
		return nil, err
	}
	value, err := script.Run(ctx)
	if err != nil {
		return nil, err
	}
	if fresh {
		keep(&i.engine.borderCode, script)
	}
	if b.make, err = value.AsFunction(); err != nil {
		return nil, err
	}
	var memory []byte
	if b.control, memory, b.freeWords, err = b.buffer(controlSize); err != nil {
		return nil, fmt.Errorf("control block: %w", err)
	}
	b.words = unsafe.Slice((*int32)(unsafe.Pointer(&memory[0])), len(memory)/4)
	b.floats = unsafe.Slice((*float64)(unsafe.Pointer(&memory[0])), len(memory)/8)
	if b.current, b.transfer, b.freeTransfer, err = b.buffer(minTransfer); err != nil {
		b.close()
		return nil, fmt.Errorf("transfer buffer: %w", err)
	}
	b.words[jsruntime.WordCapacity] = minTransfer
	b.place = (*unsafe.Pointer)(C.malloc(C.size_t(unsafe.Sizeof(uintptr(0)))))
	b.locate()
	return b, nil
}

// locate notes where the transfer buffer is.
func (b *border) locate() { *b.place = unsafe.Pointer(unsafe.SliceData(b.transfer)) }

// buffer makes a SharedArrayBuffer and maps it.
func (b *border) buffer(n int) (*bindValue, []byte, func(), error) {
	value, err := b.allocate(n)
	if err != nil {
		return nil, nil, nil, err
	}
	memory, free, err := value.SharedArrayBufferGetContents()
	if err != nil {
		value.Release()
		return nil, nil, nil, err
	}
	return value, memory, free, nil
}

// grow changes the size of the transfer buffer. The realms see it by its generation.
func (b *border) grow(n int) error {
	value, memory, free, err := b.buffer(n)
	if err != nil {
		return err
	}
	b.freeTransfer()
	b.current.Release()
	b.current, b.transfer, b.freeTransfer = value, memory, free
	b.locate()
	b.words[jsruntime.WordCapacity] = int32(n)
	b.words[jsruntime.WordGen]++
	return nil
}

func (b *border) word(i int) int32          { return b.words[i] }
func (b *border) setWord(i int, v int32)    { b.words[i] = v }
func (b *border) setFloat(i int, v float64) { b.floats[i] = v }

// take copies the bytes that JavaScript left; nil for none.
func (b *border) take() []byte {
	n := b.words[jsruntime.WordBytes]
	if n < 0 {
		return nil
	}
	if n == 0 {
		return []byte{}
	}
	return slices.Clone(b.transfer[:n])
}

// give leaves bytes for JavaScript; nil leaves none.
func (b *border) give(bytes []byte) error {
	if bytes == nil {
		b.words[jsruntime.WordBytes] = -1
		return nil
	}
	if len(bytes) > len(b.transfer) {
		if err := b.grow(len(bytes)); err != nil {
			return err
		}
	}
	b.words[jsruntime.WordBytes] = int32(len(bytes))
	copy(b.transfer, bytes)
	return nil
}

// close frees the memory; the contexts must not run any more.
func (b *border) close() {
	if b.freeTransfer != nil {
		b.freeTransfer()
		b.freeTransfer = nil
	}
	if b.freeWords != nil {
		b.freeWords()
		b.freeWords = nil
	}
	b.words, b.floats, b.transfer = nil, nil, nil
	C.free(unsafe.Pointer(b.place))
	b.place = nil
	if b.own != nil {
		b.own.Close()
		b.own = nil
	}
}
