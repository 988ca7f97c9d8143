package gossip

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

// entry is one member as the table keeps it.
type entry struct {
	member Member
	node   memberlist.Node // a copy: name and address, to send to
	meta   []byte
	// leaving: it has said farewell in its present life.
	leaving bool
	// rep is the newest load report, of this or another life; seq 0: none.
	rep   report
	repAt time.Time
}

// boot names the present life.
func (e *entry) boot() int64 { return bootOf(e.member.Info) }

func bootOf(i Info) int64 {
	if i.Boot.IsZero() {
		return 0
	}
	return i.Boot.UnixNano()
}

// table is the membership as the callbacks told it. Its mutex is taken inside
// memberlist's: nothing that holds it may call memberlist.
type table struct {
	local   string
	clock   Clock
	maxDead int
	deadFor time.Duration

	mu      sync.Mutex
	entries map[string]*entry // guarded by mu
	present int               // guarded by mu; entries alive or suspect, the local one too
}

func newTable(local string, clock Clock, maxDead int, deadFor time.Duration) *table {
	return &table{local: local, clock: clock, maxDead: maxDead, deadFor: deadFor, entries: map[string]*entry{}}
}

// seen takes in a node that is alive, new or changed; true when anything changed.
func (t *table) seen(n *memberlist.Node) (changed bool, err error) {
	a, err := decodeAnnouncement(n.Meta)
	t.mu.Lock()
	defer t.mu.Unlock()
	e, known := t.entries[n.Name]
	if !known {
		e = &entry{member: Member{Name: n.Name, Local: n.Name == t.local}}
		t.entries[n.Name] = e
	}
	was := e.member.State
	addr := n.Address()
	changed = !was.Present() || addr != e.member.Addr || !bytes.Equal(e.meta, n.Meta)
	if !changed {
		return false, nil
	}
	newLife := !was.Present() || bootOf(a.info) != e.boot()
	e.member.Addr, e.member.Info = addr, a.info
	e.node = memberlist.Node{Name: n.Name, Addr: slices.Clone(n.Addr), Port: n.Port, PMin: n.PMin, PMax: n.PMax, PCur: n.PCur}
	e.meta = bytes.Clone(n.Meta)
	e.leaving = a.leaving
	if newLife {
		e.member.State, e.member.Since = StateAlive, t.clock.Now()
	}
	if !was.Present() {
		t.present++
	}
	return true, err
}

// gone takes in a node that has left or failed.
func (t *table) gone(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, known := t.entries[name]
	if !known || !e.member.State.Present() {
		return false
	}
	t.present--
	e.member.State, e.member.Since = StateDead, t.clock.Now()
	if e.leaving {
		e.member.State = StateLeft
	}
	t.prune()
	return true
}

// farewell takes in that a life of a member leaves; changed when it was thought dead,
// fresh when nobody had said so before.
func (t *table) farewell(f farewell) (changed, fresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, known := t.entries[f.name]
	if !known || e.boot() != f.boot || e.leaving {
		return false, false
	}
	e.leaving = true
	if e.member.State == StateDead {
		e.member.State = StateLeft
		return true, true
	}
	return false, true
}

// report takes in a load; true when it is news.
func (t *table) report(r report) (news, changed bool) {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	e, known := t.entries[r.name]
	if !known || r.seq == 0 || !e.member.State.Present() {
		return false, false
	}
	switch life := e.boot(); {
	case e.rep.seq == 0:
	case r.boot == e.rep.boot:
		if r.seq <= e.rep.seq {
			return false, false
		}
	case e.rep.boot == life && r.boot != life:
		// Of another life than the present: either old, or ahead of its announcement.
		// The next report comes soon.
		return false, false
	}
	e.rep, e.repAt = r, now.Add(-r.age)
	if e.member.State == StateSuspect && r.boot == e.boot() && r.age == 0 {
		e.member.State, e.member.Since = StateAlive, now
		return true, true
	}
	return true, false
}

// silent marks those suspect whose newest report is older than after.
func (t *table) silent(after time.Duration) bool {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	changed := false
	for _, e := range t.entries {
		if e.member.State == StateAlive && !e.member.Local && e.reported() &&
			now.Sub(e.repAt) > after && now.Sub(e.member.Since) > after {
			e.member.State, e.member.Since = StateSuspect, now
			changed = true
		}
	}
	return changed
}

// reported is true when a load of the present life has been heard.
func (e *entry) reported() bool { return e.rep.seq > 0 && e.rep.boot == e.boot() }

// prune forgets those gone for too long, and the oldest of too many. The caller holds mu.
func (t *table) prune() bool {
	now := t.clock.Now()
	var gone []*entry
	pruned := false
	for name, e := range t.entries {
		switch {
		case e.member.State.Present() || e.member.Local:
		case now.Sub(e.member.Since) > t.deadFor:
			delete(t.entries, name)
			pruned = true
		default:
			gone = append(gone, e)
		}
	}
	if len(gone) <= t.maxDead {
		return pruned
	}
	slices.SortFunc(gone, func(a, b *entry) int { return b.member.Since.Compare(a.member.Since) })
	for _, e := range gone[t.maxDead:] {
		delete(t.entries, e.member.Name)
	}
	return true
}

func (t *table) forget() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.prune()
}

func (t *table) members() []Member {
	t.mu.Lock()
	list := make([]Member, 0, len(t.entries))
	for _, e := range t.entries {
		m := e.member.clone()
		if e.reported() {
			m.Load, m.LoadAt = e.rep.load, e.repAt
		}
		list = append(list, m)
	}
	t.mu.Unlock()
	slices.SortFunc(list, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// presentCount includes the local member.
func (t *table) presentCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.present
}

// node is where to send to a member that is present.
func (t *table) node(name string) (memberlist.Node, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	e, ok := t.entries[name]
	if !ok || !e.member.State.Present() {
		return memberlist.Node{}, false
	}
	return e.node, true
}

// admits says whether a node may become a member.
func (t *table) admits(name string, limit int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.entries[name]; ok && e.member.State.Present() {
		return true
	}
	return t.present < limit
}

// addresses are those of the members present, and of the dead, the newest first.
func (t *table) addresses() (present map[string]bool, dead []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	present = make(map[string]bool, t.present)
	var gone []*entry
	for _, e := range t.entries {
		switch {
		case e.member.State.Present():
			present[e.member.Addr] = true
		case e.member.State == StateDead && !e.member.Local:
			gone = append(gone, e)
		}
	}
	slices.SortFunc(gone, func(a, b *entry) int { return b.member.Since.Compare(a.member.Since) })
	for _, e := range gone {
		if !present[e.member.Addr] {
			dead = append(dead, e.member.Addr)
		}
	}
	return present, dead
}

// exchange is what a push/pull tells the other side.
func (t *table) exchange() exchange {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	var x exchange
	for _, e := range t.entries {
		if e.member.State.Present() && e.reported() {
			r := e.rep
			r.age = max(now.Sub(e.repAt), 0)
			x.reports = append(x.reports, r)
		}
		if e.leaving {
			x.farewells = append(x.farewells, farewell{name: e.member.Name, boot: e.boot()})
		}
	}
	return x
}
