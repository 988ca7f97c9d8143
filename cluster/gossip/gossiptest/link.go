package gossiptest

import (
	"context"
	"net"
	"sync"
)

// Dialer dials real addresses for the member of this name, over connections that the
// network's splits and freezes hold up: as with TCP, what is written while the two are
// apart arrives when they are not. owner says whose an address is; nobody's is reached
// always.
func (n *Network) Dialer(name string, owner func(address string) string) func(context.Context, string) (net.Conn, error) {
	return func(ctx context.Context, address string) (net.Conn, error) {
		to := owner(address)
		if err := n.await(name, to, ctx.Done()); err != nil {
			return nil, ctx.Err()
		}
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		return &link{Conn: conn, net: n, from: name, to: to, closed: make(chan struct{})}, nil
	}
}

// await returns when something gets from one to the other, or an error when end is
// closed before.
func (n *Network) await(from, to string, end <-chan struct{}) error {
	for {
		n.mu.RLock()
		apart, changed := to != "" && n.apartLocked(from, to), n.changed
		n.mu.RUnlock()
		if !apart {
			return nil
		}
		select {
		case <-changed:
		case <-end:
			return net.ErrClosed
		}
	}
}

// link is a connection that a split holds up.
type link struct {
	net.Conn
	net      *Network
	from, to string
	once     sync.Once
	closed   chan struct{}
}

// Read implements net.Conn.
func (l *link) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	if held := l.net.await(l.to, l.from, l.closed); held != nil {
		return 0, held
	}
	return n, err
}

// Write implements net.Conn.
func (l *link) Write(b []byte) (int, error) {
	if err := l.net.await(l.from, l.to, l.closed); err != nil {
		return 0, err
	}
	return l.Conn.Write(b)
}

// Close implements net.Conn.
func (l *link) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Conn.Close()
}
