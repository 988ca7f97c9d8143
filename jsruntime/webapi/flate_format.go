package webapi

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
)

// compress writes what in has, compressed, in chunks. hold counts memory that takes more than a
// few hundred KiB.
func compress(in io.Reader, format string, hold func(bytes int64) error, send func([]byte) error) error {
	out := bufio.NewWriterSize(sendWriter(send), chunkSize)
	var z io.WriteCloser
	var err error
	switch format {
	case "brotli":
		z, err = newBrotliWriter(out, hold)
	case "gzip":
		z = gzip.NewWriter(out)
	case "deflate":
		z = zlib.NewWriter(out)
	default:
		z, err = flate.NewWriter(out, flate.DefaultCompression)
	}
	if err != nil {
		return err
	}
	buffer := make([]byte, chunkSize)
	for {
		n, err := in.Read(buffer)
		if n > 0 {
			if _, err := z.Write(buffer[:n]); err != nil {
				return err
			}
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return errors.Join(z.Close(), out.Flush())
		}
		if err != nil {
			return err
		}
	}
}

// errTrailing is of bytes behind the end of what was compressed.
var errTrailing = errors.New("there is more behind the end of the compressed data")

// decompress writes what in has, decompressed, in chunks. What stands behind the end is
// an error (Compression Standard, 3).
func decompress(in io.Reader, format string, hold func(bytes int64) error, send func([]byte) error) error {
	buffered := bufio.NewReaderSize(in, chunkSize)
	var z io.Reader
	var err error
	switch format {
	case "brotli":
		z, err = newBrotliReader(buffered, hold)
	case "gzip":
		var g *gzip.Reader
		if g, err = gzip.NewReader(buffered); err == nil {
			g.Multistream(false)
			z = g
		}
	case "deflate":
		z, err = zlib.NewReader(buffered)
	default:
		z = flate.NewReader(buffered)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	buffer := make([]byte, chunkSize)
	for {
		n, err := z.Read(buffer)
		if n > 0 {
			if err := send(buffer[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if _, err := buffered.ReadByte(); err == nil {
		return errTrailing
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

type sendWriter func([]byte) error

// Write implements io.Writer.
func (f sendWriter) Write(p []byte) (int, error) { return len(p), f(p) }
