package webapi

import (
	"bufio"
	"io"

	"github.com/andybalholm/brotli"
)

// Brotli's windows are up to 16 MiB, where that of deflate has 32 KiB. So what a stream of it takes
// is counted with the bodies that are being fetched, under limits.buffers.

const (
	// brotliQuality and brotliWindow are what CompressionStream compresses with: as fast as gzip,
	// and better.
	brotliQuality = 5
	brotliWindow  = 18
	// brotliWriterSize is what a writer of these takes: window, input and tables.
	brotliWriterSize = 4 << 20
)

// newBrotliReader decompresses what from has, when hold has let it take a window as long as the
// stream says in its first byte.
func newBrotliReader(from *bufio.Reader, hold func(bytes int64) error) (io.Reader, error) {
	first, err := from.Peek(1)
	if err != nil {
		return nil, err
	}
	if err := hold(1 << windowBits(first[0])); err != nil {
		return nil, err
	}
	return brotli.NewReader(from), nil
}

// windowBits reads the length of a stream's window (RFC 7932, 9.1).
func windowBits(first byte) int {
	const least, most = 16, 24
	if first&1 == 0 {
		return least
	}
	if n := int(first >> 1 & 7); n != 0 {
		return 17 + n
	}
	switch n := int(first >> 4 & 7); n {
	case 0:
		return 17
	case 1:
		return most // none of RFC 7932, and refused by the reader
	default:
		return 8 + n
	}
}

func newBrotliWriter(to io.Writer, hold func(bytes int64) error) (io.WriteCloser, error) {
	if err := hold(brotliWriterSize); err != nil {
		return nil, err
	}
	return brotli.NewWriterOptions(to, brotli.WriterOptions{Quality: brotliQuality, LGWin: brotliWindow}), nil
}
