package gossip

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// guard stands between memberlist and its transport. It bounds what strangers may open
// and send, and lets Close end every stream at once: memberlist itself takes any number
// of streams, 20 MiB each, and cannot end a dial that hangs.
type guard struct {
	inner    memberlist.NodeAwareTransport
	network  bool // inner is memberlist's NetTransport: dial here, so that Close can end it
	max      int
	maxBytes int64
	refused  func() // a stream was one too many

	ctx     context.Context //nolint:containedctx // ends every dial when the transport shuts down
	cancel  context.CancelFunc
	streams chan net.Conn
	wg      sync.WaitGroup
	open    atomic.Int64 // streams of others

	mu     sync.Mutex
	conns  map[*guardedConn]struct{} // guarded by mu
	closed bool                      // guarded by mu
}

// nameless makes a plain transport one that takes names, which it ignores.
type nameless struct{ memberlist.Transport }

func (t nameless) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	return t.WriteTo(b, a.Addr)
}

func (t nameless) DialAddressTimeout(a memberlist.Address, d time.Duration) (net.Conn, error) {
	return t.DialTimeout(a.Addr, d)
}

func newGuard(inner memberlist.Transport, maxStreams int, maxBytes int64, refused func()) *guard {
	aware, ok := inner.(memberlist.NodeAwareTransport)
	if !ok {
		aware = nameless{inner}
	}
	_, network := inner.(*memberlist.NetTransport)
	ctx, cancel := context.WithCancel(context.Background())
	g := &guard{
		inner: aware, network: network, max: maxStreams, maxBytes: maxBytes, refused: refused,
		ctx: ctx, cancel: cancel, streams: make(chan net.Conn), conns: map[*guardedConn]struct{}{},
	}
	g.wg.Go(g.accept)
	return g
}

// accept hands the streams of others on, while there are not too many.
func (g *guard) accept() {
	for {
		select {
		case <-g.ctx.Done():
			return
		case conn := <-g.inner.StreamCh():
			if g.open.Load() >= int64(g.max) {
				_ = conn.Close()
				g.refused()
				continue
			}
			g.open.Add(1)
			c, ok := g.track(conn, true)
			if !ok {
				continue
			}
			select {
			case g.streams <- c:
			case <-g.ctx.Done():
				_ = c.Close()
			}
		}
	}
}

func (g *guard) track(conn net.Conn, inbound bool) (*guardedConn, bool) {
	c := &guardedConn{Conn: conn, guard: g, inbound: inbound, left: g.maxBytes}
	g.mu.Lock()
	closed := g.closed
	if !closed {
		g.conns[c] = struct{}{}
	}
	g.mu.Unlock()
	if closed {
		_ = c.Close()
		return nil, false
	}
	return c, true
}

func (g *guard) FinalAdvertiseAddr(ip string, port int) (net.IP, int, error) {
	return g.inner.FinalAdvertiseAddr(ip, port)
}

func (g *guard) WriteTo(b []byte, addr string) (time.Time, error) { return g.inner.WriteTo(b, addr) }

func (g *guard) WriteToAddress(b []byte, a memberlist.Address) (time.Time, error) {
	return g.inner.WriteToAddress(b, a)
}

func (g *guard) PacketCh() <-chan *memberlist.Packet { return g.inner.PacketCh() }

func (g *guard) StreamCh() <-chan net.Conn { return g.streams }

func (g *guard) DialTimeout(addr string, d time.Duration) (net.Conn, error) {
	return g.DialAddressTimeout(memberlist.Address{Addr: addr}, d)
}

func (g *guard) DialAddressTimeout(a memberlist.Address, d time.Duration) (net.Conn, error) {
	var conn net.Conn
	var err error
	if g.network {
		dialer := net.Dialer{Timeout: d}
		conn, err = dialer.DialContext(g.ctx, "tcp", a.Addr)
	} else {
		conn, err = g.inner.DialAddressTimeout(a, d)
	}
	if err != nil {
		return nil, err
	}
	// memberlist sets a deadline after the label has been written; here is one before.
	_ = conn.SetDeadline(time.Now().Add(d))
	c, ok := g.track(conn, false)
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

// Shutdown ends every stream and dial, then the transport below, which may still be
// handing over packets and streams: those are taken and dropped.
func (g *guard) Shutdown() error {
	g.mu.Lock()
	g.closed = true
	conns := g.conns
	g.conns = map[*guardedConn]struct{}{}
	g.mu.Unlock()
	g.cancel()
	for c := range conns {
		_ = c.Close()
	}
	g.wg.Wait()
	done := make(chan struct{})
	g.wg.Go(func() {
		for {
			select {
			case <-done:
				return
			case conn := <-g.inner.StreamCh():
				if conn != nil {
					_ = conn.Close()
				}
			}
		}
	})
	err := g.inner.Shutdown()
	close(done)
	g.wg.Wait()
	return err
}

// errStreamTooLong ends a stream that carries more than Config.MaxStreamBytes.
var errStreamTooLong = errors.New("gossip: stream carries more than the bound")

type guardedConn struct {
	net.Conn
	guard   *guard
	inbound bool
	left    int64 // used by the one reader
	once    sync.Once
}

func (c *guardedConn) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errStreamTooLong
	}
	if int64(len(b)) > c.left {
		b = b[:c.left]
	}
	n, err := c.Conn.Read(b)
	c.left -= int64(n)
	if errors.Is(err, io.EOF) {
		return n, io.EOF // memberlist compares
	}
	return n, err
}

func (c *guardedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		if c.inbound {
			c.guard.open.Add(-1)
		}
		c.guard.mu.Lock()
		delete(c.guard.conns, c)
		c.guard.mu.Unlock()
	})
	return err
}
