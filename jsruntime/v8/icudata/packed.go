//go:build packedicu && !rogchap

package icudata

// #cgo LDFLAGS: -pthread
import "C"

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"golang.org/x/sys/unix"
)

//go:embed icudt74.gz
var packed []byte

// isolaneUnpackICU returns the data, in memory that is never given back: ICU keeps
// pointers into it. Called once, by whichever thread needs ICU first. The data is the
// build's, so what is wrong with it is a defect, and panics.
//
//export isolaneUnpackICU
func isolaneUnpackICU() unsafe.Pointer {
	data, err := unpack(packed)
	if err != nil {
		panic(fmt.Sprintf("icudata: unpack: %v", err))
	}
	return unsafe.Pointer(unsafe.SliceData(data))
}

// unpack writes what is in the gzip file into memory outside Go's heap and makes it
// read-only.
func unpack(file []byte) ([]byte, error) {
	if len(file) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	// A gzip file ends with the size of its content.
	size := int(binary.LittleEndian.Uint32(file[len(file)-4:]))
	in, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	data, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, err
	}
	// Reading to the end checks the sum.
	if n, err := in.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("not at its end: %w", err)
	}
	return data, unix.Mprotect(data, unix.PROT_READ)
}
