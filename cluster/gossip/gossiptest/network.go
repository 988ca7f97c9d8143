package gossiptest

import (
	"errors"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// waiting is how many packets an endpoint holds that nobody has read; what comes on top
// is lost, as in a socket's buffer.
const waiting = 4096

// Network joins endpoints in memory.
type Network struct {
	mu      sync.RWMutex
	byAddr  map[string]*Endpoint // guarded by mu
	side    map[string]int       // guarded by mu; by name; all 0: one side
	frozen  map[string]struct{}  // guarded by mu; by name
	loss    float64              // guarded by mu
	delay   time.Duration        // guarded by mu
	next    uint16               // guarded by mu; the last address given
	changed chan struct{}        // guarded by mu; closed when what reaches whom changes

	chance sync.Mutex
	rnd    *rand.Rand // guarded by chance

	carried counters
}

// New makes a network whose losses are drawn from seed.
func New(seed uint64) *Network {
	return &Network{
		rnd: rand.New(rand.NewPCG(seed, seed)), byAddr: map[string]*Endpoint{},
		side: map[string]int{}, frozen: map[string]struct{}{}, changed: make(chan struct{}),
	}
}

// Endpoint is one member's memberlist.Transport. Its address is new for each.
type Endpoint struct {
	net     *Network
	name    string
	addr    *net.UDPAddr
	packets chan *memberlist.Packet
	streams chan net.Conn
	down    chan struct{}
	once    sync.Once
}

// Endpoint makes the transport of the member of this name. A network has room for some
// 65,000 in its life.
func (n *Network) Endpoint(name string) *Endpoint {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next++
	e := &Endpoint{
		net: n, name: name, addr: &net.UDPAddr{IP: net.IPv4(10, 0, byte(n.next>>8), byte(n.next)), Port: 7946},
		packets: make(chan *memberlist.Packet, waiting), streams: make(chan net.Conn), down: make(chan struct{}),
	}
	n.byAddr[e.addr.String()] = e
	return e
}

// Addr is where the endpoint is reached.
func (e *Endpoint) Addr() string { return e.addr.String() }

// Split divides the network: who stands in none of the groups goes with the first.
func (n *Network) Split(groups ...[]string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.side)
	for i, names := range groups {
		for _, name := range names {
			n.side[name] = i
		}
	}
	n.changeLocked()
}

// Heal joins the parts again.
func (n *Network) Heal() { n.Split() }

// Lose has each packet be lost with probability p, 0 to 1. Streams, as TCP, lose nothing.
func (n *Network) Lose(p float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.loss = p
}

// Delay has each packet, and the opening of each stream, take d.
func (n *Network) Delay(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.delay = d
}

// Freeze stops what the member of this name sends and receives, as if its process were
// stopped; what others send to it is lost. Thaw ends that.
func (n *Network) Freeze(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.frozen[name] = struct{}{}
	n.changeLocked()
}

// Thaw lets a frozen member go on.
func (n *Network) Thaw(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.frozen, name)
	n.changeLocked()
}

func (n *Network) changeLocked() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// apartLocked says whether nothing gets from one name to another now.
func (n *Network) apartLocked(from, to string) bool {
	_, one := n.frozen[from]
	_, other := n.frozen[to]
	return one || other || n.side[from] != n.side[to]
}

// route is the way from e to addr now; lost: it does not arrive.
func (e *Endpoint) route(addr string, packet bool) (peer *Endpoint, delay time.Duration, lost bool) {
	n := e.net
	n.mu.RLock()
	peer, delay = n.byAddr[addr], n.delay
	down := peer == nil || n.byAddr[e.addr.String()] != e
	lost = down || n.apartLocked(e.name, peer.name)
	loss := n.loss
	n.mu.RUnlock()
	if down {
		return nil, 0, true
	}
	return peer, delay, lost || packet && loss > 0 && n.draw() < loss
}

// draw is a number from 0 to 1, of the seed's.
func (n *Network) draw() float64 {
	n.chance.Lock()
	defer n.chance.Unlock()
	return n.rnd.Float64()
}

// FinalAdvertiseAddr implements memberlist.Transport.
func (e *Endpoint) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return e.addr.IP, e.addr.Port, nil
}

// WriteTo implements memberlist.Transport. What cannot arrive is lost without an error.
func (e *Endpoint) WriteTo(b []byte, addr string) (time.Time, error) {
	now := time.Now()
	e.net.carried.packet(len(b))
	peer, delay, lost := e.route(addr, true)
	if lost {
		return now, nil
	}
	packet := &memberlist.Packet{Buf: append([]byte(nil), b...), From: e.addr, Timestamp: now}
	if delay > 0 {
		time.AfterFunc(delay, func() { peer.deliver(packet) })
		return now, nil
	}
	peer.deliver(packet)
	return now, nil
}

func (e *Endpoint) deliver(p *memberlist.Packet) {
	select {
	case e.packets <- p:
	case <-e.down:
	default: // its buffer is full
		e.net.carried.overrun.Add(1)
	}
}

// PacketCh implements memberlist.Transport.
func (e *Endpoint) PacketCh() <-chan *memberlist.Packet { return e.packets }

var errNoRoute = errors.New("gossiptest: no route")

// DialTimeout implements memberlist.Transport: who is cut off is waited for.
func (e *Endpoint) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	peer, delay, lost := e.route(addr, false)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	if peer == nil {
		return nil, errNoRoute
	}
	if lost || delay >= timeout {
		select {
		case <-timer.C:
		case <-e.down:
		}
		return nil, errNoRoute
	}
	if delay > 0 {
		wait := time.NewTimer(delay)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-e.down:
			return nil, errNoRoute
		}
	}
	here, there := net.Pipe()
	both := newExchange(&e.net.carried)
	select {
	case peer.streams <- &stream{Conn: there, local: peer.addr, remote: e.addr, of: both}:
		return &stream{Conn: here, local: e.addr, remote: peer.addr, of: both}, nil
	case <-peer.down:
	case <-e.down:
	case <-timer.C:
	}
	return nil, errNoRoute
}

// StreamCh implements memberlist.Transport.
func (e *Endpoint) StreamCh() <-chan net.Conn { return e.streams }

// Shutdown implements memberlist.Transport.
func (e *Endpoint) Shutdown() error {
	e.once.Do(func() {
		e.net.mu.Lock()
		defer e.net.mu.Unlock()
		delete(e.net.byAddr, e.addr.String())
		close(e.down)
	})
	return nil
}
