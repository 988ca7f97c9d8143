package webapi

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// lease is what one fetch holds of the memory that its API may fill with bodies. It
// belongs to the fetch's goroutine.
type lease struct {
	api *API
	// bound is of the API, n the part of this one.
	bound, n int64
}

func (l *lease) release() {
	l.api.reading.Add(-l.n)
	l.n = 0
}

// leasedReader counts what is read, and fails where the bodies of one API together
// are too much.
type leasedReader struct {
	from io.Reader
	held *lease
}

// Read implements io.Reader.
func (r *leasedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if full := r.held.take(int64(n)); full != nil {
		return n, full
	}
	return n, err
}

// take counts n more bytes in. The error is a *function.LimitError.
func (l *lease) take(n int64) error {
	l.n += n
	if l.api.reading.Add(n) <= l.bound {
		return nil
	}
	return &function.LimitError{
		Kind: function.LimitBuffers, Limit: function.Bytes(l.bound).String(),
		Used: "more than that, by what is being fetched together",
	}
}

// readBody reads at most Config.MaxBody bytes, whatever length was announced, and
// counts what comes out of the decompression. The answer to HEAD and the statuses
// without a body give nil.
func (a *API) readBody(resp *http.Response, held *lease) ([]byte, error) {
	limit := int64(a.cfg.MaxBody)
	over := &function.LimitError{Kind: function.LimitBody, Limit: function.Bytes(limit).String()}
	if resp.Request.Method == http.MethodHead {
		return nil, nil
	}
	if resp.ContentLength > limit {
		over.Used = function.Bytes(resp.ContentLength).String()
		return nil, over
	}
	// Room for the announced length, as far as that may be trusted.
	const trusted = 64 << 10
	var b bytes.Buffer
	b.Grow(int(min(max(resp.ContentLength+bytes.MinRead, bytes.MinRead), trusted)))
	body := &leasedReader{from: io.LimitReader(resp.Body, limit+1), held: held}
	if _, err := b.ReadFrom(body); err != nil {
		return nil, err
	}
	if int64(b.Len()) > limit {
		over.Used = "more than that"
		return nil, over
	}
	return b.Bytes(), nil
}

// tooLarge says what to do about a body that is over a limit.
func (a *API) tooLarge(h *hop, limit *function.LimitError) *Error {
	do := "ask for less at a time, for instance with a Range header"
	switch {
	case limit.Kind == function.LimitBuffers:
		do = "read one body before the next is fetched"
	case a.cfg.MaxBody < DefaultMaxBody && a.cfg.MaxBody == a.cfg.Limits.Buffers:
		do += ", or raise limits.buffers"
	}
	return &Error{
		Name: "TypeError", Err: limit,
		Message: fmt.Sprintf("fetch: the response of %s is too large: %v: %s", h.url.shown, limit, do),
	}
}

// drainPatience is how long a body that nobody wants may take to end.
const drainPatience = 50 * time.Millisecond

// reply is a response, and what ends its request.
type reply struct {
	*http.Response
	cancel context.CancelFunc
	// plain is its body where a wire carries it and nothing decodes it; nil elsewhere.
	plain *wireBody
}

// discard reads a little of a body that nobody wants, so that the connection can be
// used again; one that does not end soon costs the connection.
func (r *reply) discard() {
	const little = 16 << 10
	late := time.AfterFunc(drainPatience, r.cancel)
	defer late.Stop()
	_, _ = io.CopyN(io.Discard, r.Body, little) // a broken body only costs the connection
	_ = r.Body.Close()
	r.cancel()
}
