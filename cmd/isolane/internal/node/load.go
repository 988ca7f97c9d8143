package node

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/isolane/isolane/cluster/gossip"
)

// usageEvery is over how long CPU is averaged.
const usageEvery = 2 * time.Second

// startLoad has the gossip ask how busy the node is, when it may tell the others.
func (n *Node) startLoad() {
	var u usage
	n.cluster.LoadFrom(func() gossip.Load { return n.load(&u) })
}

// load is what the others are told.
func (n *Node) load(u *usage) gossip.Load {
	l := n.pool.Load()
	u.look(time.Now())
	out := gossip.Load{
		Runtimes: count(l.Runtimes), Room: count(l.Room), Inflight: count(l.Inflight), Queue: count(l.Queue),
		Delay: l.Delay, CPU: u.cores, RSS: u.resident, Wanted: count(l.Runtimes),
	}
	if n.shares != nil {
		out.Wanted = count(n.shares.Wanted())
	}
	return out
}

func count(n int) uint32 { return uint32(max(n, 0)) } //nolint:gosec // bounded far below

// usage is what the process uses of the machine.
type usage struct {
	at       time.Time
	spent    time.Duration
	cores    float32
	resident uint64
}

// look takes a new reading, where the last one is old enough.
func (u *usage) look(now time.Time) {
	if !u.at.IsZero() && now.Sub(u.at) < usageEvery {
		return
	}
	var r unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &r); err != nil {
		return
	}
	spent := time.Duration(r.Utime.Nano() + r.Stime.Nano())
	if !u.at.IsZero() {
		u.cores = float32(float64(spent-u.spent) / float64(now.Sub(u.at)))
	}
	u.at, u.spent, u.resident = now, spent, resident()
}
