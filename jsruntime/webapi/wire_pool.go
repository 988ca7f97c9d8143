package webapi

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// plain has the connections without TLS that were made under one list of grants; safe for
// concurrent use. It has no goroutine: a connection that the server closed is found when it
// is to be used, or closed when it was idle for HTTPConfig.IdleTimeout.
type plain struct {
	cfg  HTTPConfig
	dial func(ctx context.Context, address string) (net.Conn, error)
	// requests are buffers to write requests in.
	requests sync.Pool

	mu sync.Mutex
	// idle are the unused ones by address, the latest last; all counts them. Both, and the
	// rest, are guarded by mu.
	idle   map[string][]*wire
	all    int
	sweep  *time.Timer // nil while nothing is idle
	closed bool
}

func (h *HTTP) newPlain(p function.Permissions) *plain {
	return &plain{
		cfg: h.cfg,
		dial: func(ctx context.Context, address string) (net.Conn, error) {
			return dial(ctx, "tcp", address, p, h.cfg)
		},
		requests: sync.Pool{New: func() any { return new(bytes.Buffer) }},
		idle:     make(map[string][]*wire),
	}
}

// roundTrip sends a request whose body is sent, nil for none. Where the server has closed a
// connection before it answered, a request that may be repeated is sent once more.
func (p *plain) roundTrip(ctx context.Context, address string, req *http.Request, sent []byte) (*reply, error) {
	asked := req.Method != http.MethodHead && req.Header.Get("Accept-Encoding") == "" && req.Header.Get("Range") == ""
	if asked {
		req.Header.Set("Accept-Encoding", "gzip")
	}
	w := p.take(address)
	if w != nil {
		resp, err := w.exchange(ctx, req, asked)
		if err == nil || ctx.Err() != nil || w.began || !repeatable(req) {
			return resp, err
		}
		if sent != nil {
			req.Body, _ = req.GetBody() // of bytes, which has no error
		}
	}
	conn, err := p.dial(ctx, address)
	if err != nil {
		return nil, err
	}
	w = &wire{plain: p, address: address, conn: conn}
	w.buffer = bufio.NewReaderSize(w, readBuffer)
	return w.exchange(ctx, req, asked)
}

// repeatable tells the requests that do no harm when they are done twice, as net/http does.
func repeatable(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	default:
		return req.Header.Get("Idempotency-Key") != "" || req.Header.Get("X-Idempotency-Key") != ""
	}
}

// take returns an unused wire that is open, nil where there is none.
func (p *plain) take(address string) *wire {
	for {
		p.mu.Lock()
		list := p.idle[address]
		if len(list) == 0 {
			p.mu.Unlock()
			return nil
		}
		w := list[len(list)-1]
		p.remove(address, len(list)-1, len(list))
		p.mu.Unlock()
		if w.open() {
			return w
		}
		w.close()
	}
}

// remove takes the wires from one to another out of a list. The caller holds mu.
func (p *plain) remove(address string, from, to int) {
	p.all -= to - from
	if list := slices.Delete(p.idle[address], from, to); len(list) > 0 {
		p.idle[address] = list
	} else {
		delete(p.idle, address)
	}
}

// put keeps a wire for the next request, or closes it where there are enough.
func (p *plain) put(w *wire) {
	w.idle = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.all >= p.cfg.MaxIdle || len(p.idle[w.address]) >= p.cfg.MaxIdlePerHost {
		w.close()
		return
	}
	p.idle[w.address] = append(p.idle[w.address], w)
	p.all++
	if p.sweep == nil {
		p.sweep = time.AfterFunc(p.cfg.IdleTimeout, p.sweepOut)
	}
}

// sweepOut closes what was idle for too long.
func (p *plain) sweepOut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	next := p.cfg.IdleTimeout
	for address, list := range p.idle {
		old := 0
		for ; old < len(list) && now.Sub(list[old].idle) >= p.cfg.IdleTimeout; old++ {
			list[old].close()
		}
		if old < len(list) {
			next = min(next, p.cfg.IdleTimeout-now.Sub(list[old].idle))
		}
		p.remove(address, 0, old)
	}
	if p.sweep = nil; p.all > 0 {
		p.sweep = time.AfterFunc(next, p.sweepOut)
	}
}

// close closes the unused ones; those in use are closed when their requests end.
func (p *plain) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.sweep != nil {
		p.sweep.Stop()
	}
	for _, list := range p.idle {
		for _, w := range list {
			w.close()
		}
	}
	clear(p.idle)
	p.all = 0
}

// open reports whether the server has neither closed an unused wire nor said something on it.
func (w *wire) open() bool {
	if w.buffer.Buffered() > 0 {
		return false
	}
	socket, ok := w.conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err == nil && quiet
}
