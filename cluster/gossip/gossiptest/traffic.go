package gossiptest

import (
	"net"
	"sync"
	"sync/atomic"
)

// Traffic is what a network has carried so far.
type Traffic struct {
	// Packets that were sent, lost ones among them, and the bytes in them.
	Packets, PacketBytes uint64
	// Overrun of them found the receiver's buffer full.
	Overrun uint64
	// Exchanges of states: streams that carried more than a probe does and have been
	// closed at both ends; the bytes in them, both ways; and those of the largest.
	Exchanges, ExchangeBytes, LargestExchange uint64
}

// Traffic returns what has been carried since New.
func (n *Network) Traffic() Traffic {
	c := &n.carried
	return Traffic{
		Packets: c.packets.Load(), PacketBytes: c.packetBytes.Load(), Overrun: c.overrun.Load(),
		Exchanges: c.exchanges.Load(), ExchangeBytes: c.exchangeBytes.Load(), LargestExchange: c.largest.Load(),
	}
}

type counters struct {
	packets, packetBytes, overrun, exchanges, exchangeBytes, largest atomic.Uint64
}

func (c *counters) packet(bytes int) {
	c.packets.Add(1)
	c.packetBytes.Add(uint64(bytes)) //nolint:gosec // not negative
}

// probeBytes is more than a probe by stream comes to, both ways.
const probeBytes = 200

// exchange counts what both ends of a stream write, until both are closed.
type exchange struct {
	of    *counters
	bytes atomic.Uint64
	open  atomic.Int32
}

func newExchange(of *counters) *exchange {
	x := &exchange{of: of}
	x.open.Store(2)
	return x
}

func (x *exchange) close() {
	bytes := x.bytes.Load()
	if x.open.Add(-1) != 0 || bytes <= probeBytes {
		return
	}
	x.of.exchanges.Add(1)
	x.of.exchangeBytes.Add(bytes)
	for {
		largest := x.of.largest.Load()
		if bytes <= largest || x.of.largest.CompareAndSwap(largest, bytes) {
			return
		}
	}
}

// stream is one end of a pipe, which knows both.
type stream struct {
	net.Conn
	local, remote net.Addr
	of            *exchange
	once          sync.Once
}

// Write implements net.Conn.
func (s *stream) Write(b []byte) (int, error) {
	n, err := s.Conn.Write(b)
	s.of.bytes.Add(uint64(n)) //nolint:gosec // not negative
	return n, err
}

// Close implements net.Conn.
func (s *stream) Close() error {
	s.once.Do(s.of.close)
	return s.Conn.Close()
}

// LocalAddr implements net.Conn.
func (s *stream) LocalAddr() net.Addr { return s.local }

// RemoteAddr implements net.Conn.
func (s *stream) RemoteAddr() net.Addr { return s.remote }
