//go:build !rogchap

package v8

import (
	"fmt"
	"slices"
	"unsafe"

	"github.com/isolane/isolane/jsruntime"
)

// border is Go's side of border.js: two pieces of memory that Go and the context
// share. Both sides use it in turn, never at once.
type border struct {
	realm           *realm
	words           []int32
	floats          []float64
	transfer        []byte
	generation      int32
	freeWords       func()
	freeTransfer    func()
	buffer, reserve *bindFunction
}

func (b *border) open(r *realm, core *bindObject) error {
	b.realm = r
	control, err := core.Get("control")
	if err != nil {
		return err
	}
	memory, free, err := control.SharedArrayBufferGetContents()
	if err != nil {
		return fmt.Errorf("control block: %w", err)
	}
	b.freeWords = free
	b.words = unsafe.Slice((*int32)(unsafe.Pointer(&memory[0])), len(memory)/4)
	b.floats = unsafe.Slice((*float64)(unsafe.Pointer(&memory[0])), len(memory)/8)
	if b.buffer, err = getFunction(core, "buffer"); err != nil {
		return err
	}
	if b.reserve, err = getFunction(core, "reserveBytes"); err != nil {
		return err
	}
	return b.mapTransfer(b.buffer)
}

// mapTransfer finds the transfer buffer that f returns.
func (b *border) mapTransfer(f *bindFunction) error {
	value, err := f.Call(b.realm.undefined)
	if err != nil {
		return err
	}
	defer value.Release()
	memory, free, err := value.SharedArrayBufferGetContents()
	if err != nil {
		return fmt.Errorf("transfer buffer: %w", err)
	}
	if b.freeTransfer != nil {
		b.freeTransfer()
	}
	b.transfer, b.freeTransfer = memory, free
	b.generation = b.words[jsruntime.WordGen]
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
	if b.generation != b.words[jsruntime.WordGen] {
		if err := b.mapTransfer(b.buffer); err != nil {
			return nil
		}
	}
	return slices.Clone(b.transfer[:n])
}

// give leaves bytes for JavaScript; nil leaves none.
func (b *border) give(bytes []byte) error {
	if bytes == nil {
		b.words[jsruntime.WordBytes] = -1
		return nil
	}
	b.words[jsruntime.WordBytes] = int32(len(bytes))
	if len(bytes) > len(b.transfer) || b.generation != b.words[jsruntime.WordGen] {
		if err := b.mapTransfer(b.reserve); err != nil {
			return err
		}
	}
	copy(b.transfer, bytes)
	return nil
}

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
}
