package bridge

import "log/slog"

// reported are the counters that the actor reports on, as they last stood.
type reported struct {
	shed, malformed, expired, slowDrops, publishFailures uint64
}

// account adds what the NATS client dropped for s to the counters.
func (a *bridgeActor) account(s *subscription) {
	if n := s.newDrops(); n > 0 {
		a.b.counters.slowDrops.Add(uint64(n))
	}
}

// report logs one line for everything that was not handled in the last interval,
// and lets the next interval's lines about single messages through.
func (a *bridgeActor) report() {
	if a.own.sub != nil {
		a.account(a.own.sub)
	}
	c := &a.b.counters
	now := reported{
		shed: c.shed.Load(), malformed: c.malformed.Load(), expired: c.expired.Load(),
		slowDrops: c.slowDrops.Load(), publishFailures: c.publishFailures.Load(),
	}
	last := a.own.reported
	a.own.reported = now
	withheld := a.b.lines.refill()
	if now == last && withheld == 0 {
		return
	}
	pending, pendingBytes := a.b.calls.pending()
	a.b.log.Warn("messages were not handled", slog.String("advice", now.advice(last)),
		slog.Uint64("shed", now.shed-last.shed),
		slog.Uint64("malformed", now.malformed-last.malformed),
		slog.Uint64("expired", now.expired-last.expired),
		slog.Uint64("slow_consumer_drops", now.slowDrops-last.slowDrops),
		slog.Uint64("replies_lost", now.publishFailures-last.publishFailures),
		slog.Int64("lines_withheld", withheld),
		slog.Int("pending", pending), slog.Int64("pending_bytes", pendingBytes))
}

// advice says what to do about the gravest thing that happened since last.
func (r reported) advice(last reported) string {
	switch {
	case r.slowDrops > last.slowDrops:
		return "the process stalled and the NATS client's buffer overflowed; give the node more CPU, or add nodes"
	case r.publishFailures > last.publishFailures:
		return "replies were lost; see the connection's lines"
	case r.shed > last.shed:
		return "more came than runs in time; add runtimes or nodes, or slow the callers"
	case r.expired > last.expired:
		return "callers' deadlines passed on the way; allow more time, or look for a stalled network"
	default:
		return "callers break the contract; see the lines before"
	}
}
