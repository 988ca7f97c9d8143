package main

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// network joins endpoints in memory and counts what they send. It loses nothing but
// what is for an endpoint that is down, or that has a thousand packets waiting.
type network struct {
	mu   sync.RWMutex
	ends map[string]*endpoint // guarded by mu

	packets, packetBytes, overrun atomic.Uint64
	// Of exchanges of states: streams of TCP that carried more than a probe does.
	streams, streamBytes, largest atomic.Uint64
}

// traffic is what a network has carried so far.
type traffic struct{ packets, packetBytes, streams, streamBytes, overrun uint64 }

func (n *network) carried() traffic {
	return traffic{n.packets.Load(), n.packetBytes.Load(), n.streams.Load(), n.streamBytes.Load(), n.overrun.Load()}
}

// endpoint is one member's memberlist.Transport.
type endpoint struct {
	net     *network
	addr    *net.UDPAddr
	packets chan *memberlist.Packet
	streams chan net.Conn
	down    chan struct{}
	once    sync.Once
}

func (n *network) endpoint(i int) *endpoint {
	e := &endpoint{
		net:     n,
		addr:    &net.UDPAddr{IP: net.IPv4(10, 0, byte(i>>8), byte(i)), Port: 7946},
		packets: make(chan *memberlist.Packet, 1000),
		streams: make(chan net.Conn),
		down:    make(chan struct{}),
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ends == nil {
		n.ends = make(map[string]*endpoint)
	}
	n.ends[e.addr.String()] = e
	return e
}

// peer is the endpoint at addr, nil if either it or e is down.
func (e *endpoint) peer(addr string) *endpoint {
	e.net.mu.RLock()
	defer e.net.mu.RUnlock()
	if e.net.ends[e.addr.String()] != e {
		return nil
	}
	return e.net.ends[addr]
}

// FinalAdvertiseAddr implements memberlist.Transport.
func (e *endpoint) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return e.addr.IP, e.addr.Port, nil
}

// WriteTo implements memberlist.Transport.
func (e *endpoint) WriteTo(b []byte, addr string) (time.Time, error) {
	now := time.Now()
	e.net.packets.Add(1)
	e.net.packetBytes.Add(uint64(len(b)))
	peer := e.peer(addr)
	if peer == nil {
		return now, nil
	}
	select {
	case peer.packets <- &memberlist.Packet{Buf: append([]byte(nil), b...), From: e.addr, Timestamp: now}:
	default:
		e.net.overrun.Add(1)
	}
	return now, nil
}

// PacketCh implements memberlist.Transport.
func (e *endpoint) PacketCh() <-chan *memberlist.Packet { return e.packets }

var errRefused = errors.New("connection refused")

// DialTimeout implements memberlist.Transport: a process that is dead refuses at once.
func (e *endpoint) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	peer := e.peer(addr)
	if peer == nil {
		return nil, errRefused
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	here, there := net.Pipe()
	both := &exchanged{net: e.net}
	both.open.Store(2)
	select {
	case peer.streams <- &counted{Conn: there, of: both}:
		return &counted{Conn: here, of: both}, nil
	case <-peer.down:
		return nil, errRefused
	case <-timer.C:
		return nil, errRefused
	}
}

// StreamCh implements memberlist.Transport.
func (e *endpoint) StreamCh() <-chan net.Conn { return e.streams }

// Shutdown implements memberlist.Transport.
func (e *endpoint) Shutdown() error {
	e.once.Do(func() {
		e.net.mu.Lock()
		defer e.net.mu.Unlock()
		delete(e.net.ends, e.addr.String())
		close(e.down)
	})
	return nil
}

// probeBytes is more than a probe by TCP comes to, both ways.
const probeBytes = 200

// exchanged counts what both ends of a stream write, until both are closed.
type exchanged struct {
	net   *network
	bytes atomic.Uint64
	open  atomic.Int32
}

func (x *exchanged) close() {
	bytes := x.bytes.Load()
	if x.open.Add(-1) != 0 || bytes <= probeBytes {
		return
	}
	x.net.streams.Add(1)
	x.net.streamBytes.Add(bytes)
	for {
		largest := x.net.largest.Load()
		if bytes <= largest || x.net.largest.CompareAndSwap(largest, bytes) {
			return
		}
	}
}

// exchange is the bytes of one exchange of states, both ways: the mean of those of a
// time in which there were any, or else the largest so far.
func (n *network) exchange(streams, bytes uint64) float64 {
	if streams == 0 {
		return float64(n.largest.Load())
	}
	return float64(bytes) / float64(streams)
}

// counted is one end of a stream.
type counted struct {
	net.Conn
	of   *exchanged
	once sync.Once
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.of.bytes.Add(uint64(n)) //nolint:gosec // not negative
	return n, err
}

func (c *counted) Close() error {
	c.once.Do(c.of.close)
	return c.Conn.Close()
}
