package v8

import "strconv"

// originBorder is the name of the script that makes the border's buffers.
const originBorder = "isolane:border"

// minTransfer is the size of a transfer buffer at rest; border.js has it too.
const minTransfer = 4096

// controlSize is the size of the control block in bytes.
const controlSize = 256

// reserve answers a realm that needs another size of the transfer buffer; nil where
// there is no room.
func (b *border) reserve(text string) *bindValue {
	n, err := strconv.Atoi(text)
	if err != nil || b.grow(n) != nil {
		return nil
	}
	return b.current
}

// allocate makes a SharedArrayBuffer.
func (b *border) allocate(n int) (*bindValue, error) {
	size, err := bindNewInt(b.iso.iso, int32(n))
	if err != nil {
		return nil, err
	}
	defer size.Release()
	return b.make.Call(bindUndefined(b.iso.iso), size)
}
