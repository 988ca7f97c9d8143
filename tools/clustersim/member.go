package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// timings are a node's on a local network; stretched, all of them are.
func timings(name string, stretch float64) *memberlist.Config {
	by := func(d time.Duration) time.Duration { return time.Duration(float64(d) * stretch) }
	cfg := memberlist.DefaultLANConfig()
	cfg.Name = name
	cfg.ProbeInterval = by(500 * time.Millisecond)
	cfg.ProbeTimeout = by(200 * time.Millisecond)
	cfg.SuspicionMult = 3
	cfg.SuspicionMaxTimeoutMult = 2
	cfg.AwarenessMaxMultiplier = 4
	cfg.GossipInterval = by(100 * time.Millisecond)
	cfg.GossipToTheDeadTime = by(30 * time.Second)
	cfg.PushPullInterval = by(pushPull)
	cfg.TCPTimeout = by(5 * time.Second)
	cfg.EnableCompression = false
	cfg.LogOutput = io.Discard
	return cfg
}

const (
	// loadEvery is how often a member whose load changes reports it, up to reportFull
	// members; above, reports are rarer in proportion.
	loadEvery  = 500 * time.Millisecond
	reportFull = 32
	// pushPull is how often a member exchanges its whole state with another, up to 32
	// members; above, memberlist makes that rarer with every doubling.
	pushPull = 15 * time.Second
)

// reportEvery is loadEvery for n members.
func reportEvery(n int) time.Duration {
	return max(loadEvery, loadEvery*time.Duration(n)/reportFull)
}

// exchangeEvery is pushPull for n members.
func exchangeEvery(n int) time.Duration {
	if n <= 32 {
		return pushPull
	}
	return pushPull * time.Duration(math.Ceil(math.Log2(float64(n))-math.Log2(32))+1)
}

// metaBytes is about what a node says of itself to all: id, address, kinds, versions.
const metaBytes = 120

// member is one node, as far as gossip goes.
type member struct {
	name string
	end  *endpoint
	list *memberlist.Memberlist
	out  *memberlist.TransmitLimitedQueue

	mu    sync.Mutex
	own   report            // guarded by mu
	heard map[string]report // guarded by mu; of others
	alive map[string]bool   // guarded by mu; the local one included
	left  map[string]time.Time
}

// start starts a member that knows nobody.
func start(n *network, i int, stretch float64) (*member, error) {
	m := &member{
		name:  fmt.Sprintf("node-%d", i),
		end:   n.endpoint(i),
		heard: make(map[string]report),
		alive: make(map[string]bool),
		left:  make(map[string]time.Time),
	}
	m.own.member = m.name
	cfg := timings(m.name, stretch)
	m.out = &memberlist.TransmitLimitedQueue{NumNodes: m.size, RetransmitMult: cfg.RetransmitMult}
	cfg.Transport, cfg.Delegate, cfg.Events = m.end, m, m
	cfg.BindAddr, cfg.AdvertiseAddr = m.end.addr.IP.String(), m.end.addr.IP.String()
	list, err := memberlist.Create(cfg)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", m.name, err)
	}
	m.list = list
	return m, nil
}

// kill ends a member without a word.
func (m *member) kill() error {
	_ = m.end.Shutdown() // returns nil
	if err := m.list.Shutdown(); err != nil {
		return fmt.Errorf("end %s: %w", m.name, err)
	}
	return nil
}

// work changes the member's load, and reports it.
func (m *member) work() {
	m.mu.Lock()
	m.own = m.own.change()
	own := m.own
	m.mu.Unlock() // before the queue's lock, under which size takes it
	m.out.QueueBroadcast(broadcast{own.member, own.encode(nil)})
}

func (m *member) size() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return max(len(m.alive), 1)
}

// hear takes in what is newer than what is known, and says whether anything was.
func (m *member) hear(r report) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.member == m.name || r.seq <= m.heard[r.member].seq {
		return false
	}
	m.heard[r.member] = r
	return true
}

// NodeMeta implements memberlist.Delegate.
func (m *member) NodeMeta(int) []byte { return make([]byte, metaBytes) }

// NotifyMsg implements memberlist.Delegate: what is news here is passed on.
func (m *member) NotifyMsg(b []byte) {
	if r, _, ok := decode(b); ok && m.hear(r) {
		m.out.QueueBroadcast(broadcast{r.member, append([]byte(nil), b...)})
	}
}

// GetBroadcasts implements memberlist.Delegate.
func (m *member) GetBroadcasts(overhead, limit int) [][]byte {
	return m.out.GetBroadcasts(overhead, limit)
}

// LocalState implements memberlist.Delegate.
func (m *member) LocalState(bool) (state []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	state = m.own.encode(state)
	for r := range maps.Values(m.heard) {
		state = r.encode(state)
	}
	return state
}

// MergeRemoteState implements memberlist.Delegate.
func (m *member) MergeRemoteState(state []byte, _ bool) {
	for {
		r, rest, ok := decode(state)
		if !ok {
			return
		}
		m.hear(r)
		state = rest
	}
}

// NotifyJoin implements memberlist.EventDelegate.
func (m *member) NotifyJoin(n *memberlist.Node) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.alive[n.Name] = true
	delete(m.left, n.Name)
}

// NotifyLeave implements memberlist.EventDelegate.
func (m *member) NotifyLeave(n *memberlist.Node) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.alive, n.Name)
	delete(m.heard, n.Name)
	m.left[n.Name] = time.Now()
}

// NotifyUpdate implements memberlist.EventDelegate.
func (m *member) NotifyUpdate(*memberlist.Node) {}

// broadcast is a report on its way; a newer one of the same member takes its place.
type broadcast struct {
	member string
	body   []byte
}

// Name implements memberlist.NamedBroadcast.
func (b broadcast) Name() string { return b.member }

// Invalidates implements memberlist.Broadcast.
func (b broadcast) Invalidates(other memberlist.Broadcast) bool {
	o, ok := other.(broadcast)
	return ok && o.member == b.member
}

// Message implements memberlist.Broadcast.
func (b broadcast) Message() []byte { return b.body }

// Finished implements memberlist.Broadcast.
func (b broadcast) Finished() {}
