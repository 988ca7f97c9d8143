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

	packets, packetBytes, streamBytes, overrun atomic.Uint64
}

// traffic is what a network has carried so far.
type traffic struct{ packets, packetBytes, streamBytes, overrun uint64 }

func (n *network) carried() traffic {
	return traffic{n.packets.Load(), n.packetBytes.Load(), n.streamBytes.Load(), n.overrun.Load()}
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
	select {
	case peer.streams <- counted{there, &e.net.streamBytes}:
		return counted{here, &e.net.streamBytes}, nil
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

// counted is a connection that counts what is written.
type counted struct {
	net.Conn
	bytes *atomic.Uint64
}

func (c counted) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.bytes.Add(uint64(n))
	return n, err
}
