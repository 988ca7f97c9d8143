package gossip

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/hashicorp/memberlist"
)

// What memberlist calls. events, gate and conflicts are called under its lock: they may
// take ours, and must not call it back.

type (
	delegate  struct{ g *Gossip }
	events    struct{ g *Gossip }
	gate      struct{ g *Gossip }
	conflicts struct{ g *Gossip }
)

func (d delegate) NodeMeta(int) []byte { return *d.g.meta.Load() }

// NotifyMsg takes a frame of another member's; b is memberlist's.
func (d delegate) NotifyMsg(b []byte) {
	if err := d.g.take(b); err != nil {
		d.g.quiet.say(slog.LevelWarn, "frame", "gossip: message dropped", slog.Any("error", err), slog.Int("bytes", len(b)))
	}
}

func (g *Gossip) take(b []byte) error {
	if len(b) < 2 {
		return fmt.Errorf("frame: %w", errMalformed)
	}
	if b[0] != frameVersion {
		return fmt.Errorf("frame of version %d; this node knows %d", b[0], frameVersion)
	}
	switch body := b[2:]; b[1] {
	case frameLoad:
		r, err := decodeReport(body)
		if err != nil {
			return err
		}
		g.takeReport(r, b)
	case frameLeave:
		f, err := decodeFarewell(body)
		if err != nil {
			return err
		}
		g.takeFarewell(f)
	case frameUser:
		from, kind, body, err := decodeUser(body)
		if err != nil {
			return err
		}
		g.enqueue(message{from: from, kind: kind, body: slices.Clone(body)})
	default:
		return fmt.Errorf("frame of type %d; this node does not know it", b[1])
	}
	return nil
}

// takeReport passes what is news on to others.
func (g *Gossip) takeReport(r report, raw []byte) {
	if r.name == g.cfg.Name {
		return
	}
	news, changed := g.table.report(r)
	if news && raw != nil {
		g.queue.QueueBroadcast(loadBroadcast(r.name, slices.Clone(raw)))
	}
	if changed {
		g.tick()
	}
}

func (g *Gossip) takeFarewell(f farewell) {
	if f.name == g.cfg.Name {
		return
	}
	changed, fresh := g.table.farewell(f)
	if fresh {
		g.queue.QueueBroadcast(farewellBroadcast(f))
	}
	if changed {
		g.tick()
	}
}

func (d delegate) GetBroadcasts(overhead, limit int) [][]byte {
	return d.g.queue.GetBroadcasts(overhead, limit)
}

func (d delegate) LocalState(bool) []byte { return d.g.table.exchange().encode() }

// MergeRemoteState comes after the membership was merged.
func (d delegate) MergeRemoteState(b []byte, _ bool) {
	err := decodeExchange(b, func(r report) { d.g.takeReport(r, nil) }, d.g.takeFarewell)
	if err != nil {
		d.g.quiet.say(slog.LevelWarn, "exchange", "gossip: state of another member dropped", slog.Any("error", err), slog.Int("bytes", len(b)))
	}
}

func (e events) NotifyJoin(n *memberlist.Node) { e.g.seen(n) }

func (e events) NotifyUpdate(n *memberlist.Node) { e.g.seen(n) }

func (e events) NotifyLeave(n *memberlist.Node) {
	if !e.g.table.gone(n.Name) {
		return
	}
	e.g.count()
	e.g.tick()
}

func (g *Gossip) seen(n *memberlist.Node) {
	changed, err := g.table.seen(n)
	if err != nil {
		g.quiet.say(slog.LevelWarn, "announcement", "gossip: a member's announcement cannot be read",
			slog.String("member", n.Name), slog.Any("error", err))
	}
	if !changed {
		return
	}
	if n.Name != g.cfg.Name {
		g.joined.Store(true)
		g.settle()
	}
	g.count()
	g.tick()
}

// count keeps the number of members for the queue, and wakes the joiner when the node is
// alone.
func (g *Gossip) count() {
	n := g.table.presentCount()
	if was := g.present.Swap(int64(n)); was > 1 && n <= 1 {
		signal(g.hurry)
	}
}

// NotifyAlive refuses what memberlist would take in without a bound: names and
// announcements of any length, and any number of members.
func (c gate) NotifyAlive(n *memberlist.Node) error {
	if err := checkName(n.Name); err != nil {
		return err
	}
	if len(n.Meta) > MaxMeta {
		return &MetaError{Size: len(n.Meta), Limit: MaxMeta}
	}
	if len(n.Addr) != 4 && len(n.Addr) != 16 {
		return errors.New("no address")
	}
	if n.Name != c.g.cfg.Name && !c.g.table.admits(n.Name, c.g.cfg.MaxMembers) {
		return fmt.Errorf("there are %d members, the bound", c.g.cfg.MaxMembers)
	}
	return nil
}

func (c conflicts) NotifyConflict(existing, other *memberlist.Node) {
	if existing.Name != c.g.cfg.Name {
		return // their affair; both are told
	}
	n := *other
	n.Addr, n.Meta = slices.Clone(n.Addr), slices.Clone(n.Meta)
	select {
	case c.g.conflicts <- &n:
	default: // one is being looked into; it comes again if it lasts
	}
}
