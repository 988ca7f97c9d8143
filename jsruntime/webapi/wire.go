package webapi

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// maxPlainBody bounds the body of a request that a wire carries, in bytes: what the kernel
// takes at once, so that no server can hold up the writing while it answers.
const maxPlainBody = 16 << 10

// readBuffer is the size of a wire's buffer, in bytes: what is read with one system call.
const readBuffer = 8 << 10

// maxInterim bounds the answers of 1xx before the response itself.
const maxInterim = 5

// wire is one connection without TLS, which carries one request at a time on the goroutine
// that asks. net/http's has two goroutines of its own, which the request and the response
// go over; that costs as much as what they do. Both formats are net/http's to write and read.
type wire struct {
	plain   *plain
	address string
	conn    net.Conn
	buffer  *bufio.Reader
	// left is how many bytes of a response's headers may still be read.
	left int64
	// began says that something of the response has come; idle, since when it is unused.
	began bool
	idle  time.Time
}

// Read implements io.Reader for the buffer.
func (w *wire) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, fmt.Errorf("the response's headers exceeded %d bytes", w.plain.cfg.MaxHeader)
	}
	if int64(len(p)) > w.left {
		p = p[:w.left]
	}
	n, err := w.conn.Read(p)
	w.left -= int64(n)
	w.began = w.began || n > 0
	return n, err
}

func (w *wire) close() { _ = w.conn.Close() } // nobody reads or writes it any more

// exchange sends a request and reads the response up to its body.
func (w *wire) exchange(ctx context.Context, req *http.Request, asked bool) (*reply, error) {
	w.began, w.left = false, w.plain.cfg.MaxHeader
	stop := context.AfterFunc(ctx, w.close)
	resp, err := w.converse(req) //nolint:bodyclose // a wireBody stands in its place
	if !stop() {                 // it closes the connection
		err = context.Cause(ctx)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	w.left = math.MaxInt64
	b := &wireBody{wire: w, from: resp.Body, keep: !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols}
	r := &reply{Response: resp, cancel: b.abort, plain: b}
	if resp.Body == http.NoBody || resp.ContentLength == 0 {
		b.end()
		resp.Body = http.NoBody
		return r, nil
	}
	resp.Body = b
	if asked && strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.Uncompressed = -1, true
		resp.Body, r.plain = &unzipped{wireBody: b}, nil
	}
	return r, nil
}

// converse writes the request and reads the headers.
func (w *wire) converse(req *http.Request) (*http.Response, error) {
	buffer := w.plain.requests.Get().(*bytes.Buffer) //nolint:forcetypeassert // it makes no other
	defer func() {
		buffer.Reset()
		w.plain.requests.Put(buffer)
	}()
	if err := req.Write(buffer); err != nil {
		return nil, err
	}
	if _, err := w.conn.Write(buffer.Bytes()); err != nil {
		return nil, err
	}
	for range maxInterim {
		resp, err := http.ReadResponse(w.buffer, req)
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) && !w.began {
				err = errors.New("the server closed the connection without an answer")
			}
			return nil, err
		}
		if resp.StatusCode >= http.StatusOK || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
	return nil, fmt.Errorf("more than %d answers of 1xx before a response", maxInterim)
}

// wireBody is the body of a response. Read to its end it gives the wire back; closed before,
// it closes it. Close may be called while another goroutine reads.
type wireBody struct {
	wire *wire
	from io.Reader
	// keep says that the server does not close the connection.
	keep bool
	over atomic.Bool
}

// buffered is how many bytes have come and were not read.
func (b *wireBody) buffered() int { return b.wire.buffer.Buffered() }

// Read implements io.Reader.
func (b *wireBody) Read(p []byte) (int, error) {
	if b.over.Load() {
		return 0, io.EOF
	}
	n, err := b.from.Read(p)
	switch {
	case err == nil:
	case errors.Is(err, io.EOF):
		b.end()
	default:
		b.abort()
	}
	return n, err
}

// end gives the wire back, once.
func (b *wireBody) end() {
	if b.over.Swap(true) {
		return
	}
	if b.keep && b.wire.buffer.Buffered() == 0 {
		b.wire.plain.put(b.wire)
		return
	}
	b.wire.close()
}

func (b *wireBody) abort() {
	if !b.over.Swap(true) {
		b.wire.close()
	}
}

// Close implements io.Closer.
func (b *wireBody) Close() error {
	b.abort()
	return nil
}

// unzipped decompresses a body as it is read.
type unzipped struct {
	*wireBody
	once   sync.Once
	reader *gzip.Reader
	err    error
}

// Read implements io.Reader.
func (u *unzipped) Read(p []byte) (int, error) {
	u.once.Do(func() { u.reader, u.err = gzip.NewReader(u.wireBody) })
	if u.err != nil {
		return 0, u.err
	}
	return u.reader.Read(p)
}
