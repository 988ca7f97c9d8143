package webapi

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/isolane/isolane/jsruntime/webapi/internal/threadtime"
)

// flateQueue is how many chunks of output wait for their reader.
const flateQueue = 2

// flatePipe compresses or decompresses in a goroutine of its own: what is written is
// taken when there is room for what comes of it. It belongs to a Scope.
type flatePipe struct {
	in     chan []byte
	ended  chan struct{} // closed at the end of what is written
	taken  chan struct{} // says that what was in is worked off
	end    sync.Once
	out    chan []byte
	cancel context.CancelFunc
	done   chan struct{} // closed at the end, after err was set
	err    error
}

// drop implements opened.
func (p *flatePipe) drop() { p.cancel() }

// write hands in over, and waits until it is worked off.
func (p *flatePipe) write(ctx context.Context, in []byte) error {
	if len(in) == 0 {
		return nil
	}
	select {
	case p.in <- in:
	case <-p.done:
		return errors.Join(p.err, io.ErrClosedPipe)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-p.taken:
		return nil
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// flateOp runs the operations "flate.*".
func (a *API) flateOp(ctx context.Context, scope *Scope, held *lease, op, text string, in []byte) (string, []byte, error) {
	if op == "flate.open" {
		mode, format, _ := strings.Cut(text, " ")
		id, err := a.openFlate(scope, mode, format) //nolint:contextcheck // it lives as long as the scope
		return id, nil, err
	}
	if op == "flate.drop" {
		scope.dropID(text)
		return "", nil, nil
	}
	p, err := opening[*flatePipe](scope, text)
	if err != nil {
		return "", nil, err
	}
	defer context.AfterFunc(ctx, p.drop)()
	switch op {
	case "flate.write":
		return "", nil, p.failure(p.write(ctx, in))
	case "flate.end":
		p.end.Do(func() { close(p.ended) })
		select {
		case <-p.done:
			return "", nil, p.failure(p.err)
		case <-ctx.Done():
			return "", nil, p.failure(ctx.Err())
		}
	case "flate.read":
		select {
		case chunk, more := <-p.out:
			if !more {
				<-p.done
				scope.remove(text)
				return "", nil, p.failure(p.err)
			}
			return "", chunk, p.failure(held.take(int64(len(chunk))))
		case <-ctx.Done():
			return "", nil, p.failure(ctx.Err())
		}
	default:
		return "", nil, unknownOp(op)
	}
}

// failure is what JavaScript sees: the reason that the goroutine ended with, where it has.
func (p *flatePipe) failure(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-p.done:
		if p.err != nil {
			err = p.err
		}
	default:
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, io.ErrClosedPipe) {
		return &Error{Name: "AbortError", Message: "the stream was given up", Err: err}
	}
	return &Error{Name: "TypeError", Message: "the compressed data cannot be read: " + err.Error(), Err: err}
}

func (a *API) openFlate(scope *Scope, mode, format string) (string, error) {
	ctx, cancel := context.WithCancel(scope.ctx)
	p := &flatePipe{
		in: make(chan []byte), ended: make(chan struct{}), taken: make(chan struct{}),
		out: make(chan []byte, flateQueue), done: make(chan struct{}), cancel: cancel,
	}
	id, err := scope.add(p)
	if err != nil {
		cancel()
		return "", err
	}
	work := decompress
	if mode == "compress" {
		work = compress
	}
	scope.run(func() {
		defer cancel()
		meter := threadtime.Start()
		defer meter.Stop()
		send := func(b []byte) error {
			scope.charge(meter.Lap())
			select {
			case p.out <- append([]byte(nil), b...):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		held := &lease{api: a, bound: int64(a.cfg.together())}
		p.err = work(&chunkReader{ctx: ctx, pipe: p, charge: func() { scope.charge(meter.Lap()) }}, format, held.take, send)
		held.release()
		scope.charge(meter.Lap())
		close(p.done)
		close(p.out)
	})
	return id, nil
}

// chunkReader reads what is written. It charges what was computed before it waits for
// more, and says that what it had is worked off.
type chunkReader struct {
	ctx    context.Context //nolint:containedctx // the pipe's
	pipe   *flatePipe
	rest   []byte
	served bool
	charge func()
}

// Read implements io.Reader.
func (r *chunkReader) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		r.charge()
		if r.served {
			select {
			case r.pipe.taken <- struct{}{}:
			case <-r.ctx.Done():
				return 0, r.ctx.Err()
			}
			r.served = false
		}
		select {
		case r.rest = <-r.pipe.in:
			r.served = true
		case <-r.pipe.ended:
			return 0, io.EOF
		case <-r.ctx.Done():
			return 0, r.ctx.Err()
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
