package gossip

import (
	"context"
	"log/slog"
	"net"
	"time"
)

const (
	// selfTries is how often a node that does not hear itself tries before it says so.
	selfTries = 3
	selfPause = time.Second
)

// reachSelf has the node probe the address that it tells the others, and says in the log
// that it got no answer: then the others get none either, mostly, and take it for dead
// again and again.
func (g *Gossip) reachSelf() {
	addr, err := net.ResolveUDPAddr("udp", g.Addr())
	if err != nil {
		return // it is one of memberlist's own making
	}
	for range selfTries {
		if _, err = g.list.Ping(g.cfg.Name, addr); err == nil || g.stop.Err() != nil {
			return
		}
		timer := time.NewTimer(selfPause)
		select {
		case <-timer.C:
		case <-g.stop.Done():
			timer.Stop()
			return
		}
	}
	g.log.LogAttrs(context.Background(), slog.LevelWarn, "gossip: this node does not reach itself at the address that it tells the others",
		slog.String("address", addr.String()), slog.Any("error", err),
		slog.String("do", "advertise an address and port of this node that the others reach (cluster.advertise), for UDP too"))
}
