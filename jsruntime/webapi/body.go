package webapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/isolane/isolane/jsruntime/function"
)

// chunkSize is how much of a body is read at a time, in bytes.
const chunkSize = 64 << 10

// body is a response's that JavaScript reads when it wants to: while it does not, the
// server is held up by its connection's window. It belongs to a Scope.
type body struct {
	// reading is held by the operation that reads: two would break the decompression.
	reading sync.Mutex
	resp    *http.Response
	hop     *hop
	cancel  context.CancelFunc // of the request
}

// drop implements opened. A body that was read to its end has given its connection back.
func (b *body) drop() {
	b.cancel()
	_ = b.resp.Body.Close() // it was given up
}

// bodyOp runs the operations "body.*".
func (a *API) bodyOp(ctx context.Context, scope *Scope, held *lease, op, text string, in []byte) (string, []byte, error) {
	id, rest, _ := strings.Cut(text, "\n")
	switch op {
	case "body.read":
		out, err := a.readSome(ctx, scope, held, id)
		return "", out, err
	case "body.all":
		out, err := a.readAll(ctx, scope, held, id)
		return "", out, err
	case "body.drop":
		scope.dropID(id)
		return "", nil, nil
	case "body.open":
		return openUpload(scope)
	case "body.write":
		return "", nil, writeUpload(ctx, scope, id, in)
	case "body.end":
		return "", nil, endUpload(scope, id, rest)
	default:
		return "", nil, unknownOp(op)
	}
}

// guard cancels the request of a body while ctx, the operation's, ends before it.
func (b *body) guard(ctx context.Context) (stop func() bool) { return context.AfterFunc(ctx, b.cancel) }

// readSome reads what there is, at most chunkSize; nothing at the end.
func (a *API) readSome(ctx context.Context, scope *Scope, held *lease, id string) ([]byte, error) {
	b, err := opening[*body](scope, id)
	if err != nil {
		return nil, err
	}
	if !b.reading.TryLock() {
		return nil, typeError("the body is being read already")
	}
	defer b.reading.Unlock()
	defer b.guard(ctx)()
	buffer := make([]byte, chunkSize)
	for {
		n, err := b.resp.Body.Read(buffer)
		switch {
		case n > 0:
			if err := held.take(int64(n)); err != nil {
				scope.dropID(id)
				return nil, a.bodyError(ctx, b, err)
			}
			return buffer[:n:n], nil
		case errors.Is(err, io.EOF):
			scope.dropID(id)
			return nil, nil
		case err != nil:
			scope.dropID(id)
			return nil, a.bodyError(ctx, b, err)
		}
	}
}

// readAll reads the rest of a body, as far as Config.MaxBody goes.
func (a *API) readAll(ctx context.Context, scope *Scope, held *lease, id string) ([]byte, error) {
	b, err := opening[*body](scope, id)
	if err != nil {
		return nil, err
	}
	if !b.reading.TryLock() {
		return nil, typeError("the body is being read already")
	}
	defer b.reading.Unlock()
	defer b.guard(ctx)()
	defer scope.dropID(id)
	out, err := a.readBody(b.resp, held)
	if err != nil {
		return nil, a.bodyError(ctx, b, err)
	}
	return out, nil
}

func (a *API) bodyError(ctx context.Context, b *body, err error) error {
	if limit, ok := errors.AsType[*function.LimitError](err); ok {
		return a.tooLarge(b.hop, limit)
	}
	return fetchError(ctx, b.hop, err)
}
