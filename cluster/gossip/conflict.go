package gossip

import (
	"log/slog"
	"net"

	"github.com/hashicorp/memberlist"
)

// claim is what two live nodes of one name compare.
type claim struct {
	settled bool
	boot    int64
	addr    string
}

// outranked says whether mine gives way. Both sides compare the same values, so exactly
// one does: the one that has not been in a cluster yet; else the one that started later
// by its own clock; else the one with the higher address.
func outranked(mine, other claim) bool {
	switch {
	case mine.settled != other.settled:
		return other.settled
	case mine.boot != other.boot:
		return mine.boot > other.boot
	}
	return mine.addr > other.addr
}

const (
	// conflictPings is how often a node of our name is asked for a sign of life.
	conflictPings = 3
	// conflictTries is how many tries to join follow a conflict with one that gives none:
	// it is a former life of ours, and the others will let go of its address when they
	// declare it dead.
	conflictTries = 20
)

// settleConflicts looks into other nodes that have our name.
func (g *Gossip) settleConflicts() {
	for {
		select {
		case <-g.stop.Done():
			return
		case other := <-g.conflicts:
			if g.losesTo(other) {
				g.fail(ErrNameTaken)
				return
			}
		}
	}
}

// losesTo is true when other is alive and outranks us.
func (g *Gossip) losesTo(other *memberlist.Node) bool {
	a, err := decodeAnnouncement(other.Meta)
	if err != nil {
		return false
	}
	g.infoMu.Lock()
	mine := claim{settled: g.self.settled, boot: bootOf(g.self.info), addr: g.Addr()}
	g.infoMu.Unlock()
	theirs := claim{settled: a.settled, boot: bootOf(a.info), addr: other.Address()}
	addr := &net.UDPAddr{IP: other.Addr, Port: int(other.Port)}
	for range conflictPings {
		if _, err := g.list.Ping(other.Name, addr); err == nil {
			lost := outranked(mine, theirs)
			g.quiet.say(slog.LevelError, "conflict", "gossip: two live nodes have one name",
				slog.String("name", other.Name), slog.String("other", theirs.addr), slog.Bool("gives_way", lost))
			return lost
		}
		if g.stop.Err() != nil {
			return false
		}
	}
	if g.contested.Swap(conflictTries) == 0 {
		signal(g.hurry)
	}
	return false
}
