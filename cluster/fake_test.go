package cluster

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/isolane/isolane/cluster/gossip"
)

// hub is a membership whose every member sees the truth at once, except across cuts:
// what a real one converges to, without its delays.
type hub struct {
	mu      sync.Mutex
	members map[string]*hubMember
	cut     map[[2]string]bool
}

type hubMember struct {
	hub      *hub
	name     string
	info     gossip.Info
	state    gossip.State
	since    time.Time
	load     gossip.Load
	loadAt   time.Time
	handlers map[uint8]func(string, []byte)
	subs     map[chan struct{}]struct{}
}

func newHub() *hub {
	return &hub{members: map[string]*hubMember{}, cut: map[[2]string]bool{}}
}

func (h *hub) join(_ context.Context, cfg gossip.Config, info gossip.Info, _ *slog.Logger) (membership, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if cfg.Mode == gossip.ModeClient {
		info.Client = true
	}
	m := &hubMember{hub: h, name: cfg.Name, info: info, state: gossip.StateAlive, since: time.Now(), handlers: map[uint8]func(string, []byte){}, subs: map[chan struct{}]struct{}{}}
	h.members[cfg.Name] = m
	h.tickLocked()
	return m, nil
}

// split cuts the members into groups that see each other dead; no groups: healed.
func (h *hub) split(groups ...[]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cut = map[[2]string]bool{}
	for i, a := range groups {
		for j, b := range groups {
			if i != j {
				for _, x := range a {
					for _, y := range b {
						h.cut[[2]string{x, y}] = true
					}
				}
			}
		}
	}
	h.tickLocked()
}

// lie changes what a member says of itself, without its doing.
func (h *hub) lie(name string, change func(*gossip.Info)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(&h.members[name].info)
	h.tickLocked()
}

func (h *hub) set(name string, state gossip.State) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.members[name].state = state
	h.tickLocked()
}

func (h *hub) tickLocked() {
	for _, m := range h.members {
		for s := range m.subs {
			select {
			case s <- struct{}{}:
			default:
			}
		}
	}
}

func (m *hubMember) Members() []gossip.Member {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	var list []gossip.Member
	for _, o := range m.hub.members {
		state := o.state
		if state == gossip.StateAlive && m.hub.cut[[2]string{m.name, o.name}] {
			state = gossip.StateDead
		}
		info := o.info
		info.Kinds = slices.Clone(info.Kinds)
		list = append(list, gossip.Member{Name: o.name, Info: info, State: state, Since: o.since, Load: o.load, LoadAt: o.loadAt, Local: o == m})
	}
	slices.SortFunc(list, func(a, b gossip.Member) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return list
}

func (m *hubMember) Subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	m.subs[ch] = struct{}{}
	return ch, func() {
		m.hub.mu.Lock()
		defer m.hub.mu.Unlock()
		delete(m.subs, ch)
	}
}

func (m *hubMember) SetInfo(_ context.Context, change func(*gossip.Info)) error {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	change(&m.info)
	m.hub.tickLocked()
	return nil
}

func (m *hubMember) SetLoad(l gossip.Load) {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	m.load, m.loadAt = l, time.Now()
}

func (m *hubMember) LoadFrom(ask func() gossip.Load) { m.SetLoad(ask()) }

func (m *hubMember) Send(_ context.Context, member string, kind uint8, body []byte) error {
	m.hub.mu.Lock()
	o := m.hub.members[member]
	var fn func(string, []byte)
	if o != nil && !m.hub.cut[[2]string{m.name, member}] {
		fn = o.handlers[kind]
	}
	m.hub.mu.Unlock()
	if fn == nil {
		return errors.New("hub: no such member")
	}
	fn(m.name, body)
	return nil
}

func (m *hubMember) OnMessage(kind uint8, fn func(string, []byte)) {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	m.handlers[kind] = fn
}

func (m *hubMember) Joined() bool { return true }

func (m *hubMember) Leave(context.Context) error {
	m.hub.set(m.name, gossip.StateLeft)
	return nil
}

func (m *hubMember) Close() error {
	m.hub.mu.Lock()
	defer m.hub.mu.Unlock()
	if m.state == gossip.StateAlive {
		m.state = gossip.StateDead
	}
	m.hub.tickLocked()
	return nil
}

func failJoin(err error) joiner {
	return func(context.Context, gossip.Config, gossip.Info, *slog.Logger) (membership, error) { return nil, err }
}
