package gossip

import "time"

// scaleFrom is the number of members up to which reports come at the configured rate.
const scaleFrom = 32

// Scaled stretches a time by how many members there are, so that each member's part of
// the traffic stays the same.
func Scaled(d time.Duration, members int) time.Duration {
	if members <= scaleFrom {
		return d
	}
	return time.Duration(float64(d) * float64(members) / scaleFrom)
}

func (g *Gossip) scaled(d time.Duration) time.Duration { return Scaled(d, int(g.present.Load())) }

// tend sends load reports, finds the silent, and forgets the long gone.
func (g *Gossip) tend() {
	ticker := time.NewTicker(g.cfg.LoadEvery)
	defer ticker.Stop()
	var last struct {
		load Load
		at   time.Time
		seq  uint64
	}
	for {
		select {
		case <-g.stop.Done():
			return
		case <-ticker.C:
		case <-g.loaded: // others should know of the room at once
		}
		if ask := g.ask.Load(); ask != nil {
			g.SetLoad((*ask)())
		}
		now := time.Now()
		if since := now.Sub(last.at); last.seq == 0 || since >= g.scaled(g.cfg.LoadEvery)-g.cfg.LoadEvery/2 {
			g.loadMu.Lock()
			load, set := g.load, !g.loadAt.IsZero()
			g.loadMu.Unlock()
			if set && (last.seq == 0 || since >= g.scaled(g.cfg.LoadRefresh) || noticeable(last.load, load)) {
				last.load, last.at = load, now
				last.seq++
				g.sendReport(load, last.seq)
			}
		}
		changed := g.table.silent(g.scaled(g.cfg.Timings.SuspectAfter))
		if g.table.forget() || changed {
			g.tick()
		}
	}
}

func (g *Gossip) sendReport(load Load, seq uint64) {
	g.infoMu.Lock()
	boot := bootOf(g.self.info)
	g.infoMu.Unlock()
	r := report{name: g.cfg.Name, boot: boot, seq: seq, load: load}
	g.table.report(r)
	g.queue.QueueBroadcast(loadBroadcast(r.name, r.appendTo(frame(frameLoad))))
}
