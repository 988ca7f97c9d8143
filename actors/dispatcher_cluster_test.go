package actors

import (
	"fmt"
	"slices"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// simClock keeps what is to be run later, for the simulation to run, at any time.
type simClock struct{ timers []*simTimer }

type simTimer struct {
	f     func()
	armed bool
}

func (c *simClock) Now() time.Time { return time.Now() }

func (c *simClock) AfterFunc(_ time.Duration, f func()) Timer {
	t := &simTimer{f: f, armed: true}
	c.timers = append(c.timers, t)
	return t
}

func (t *simTimer) Stop() bool               { t.armed = false; return true }
func (t *simTimer) Reset(time.Duration) bool { t.armed = true; return true }

// mustConsult is whom Submit must ask, by the words of Config.Overflow.
func (s *sim) mustConsult(inv *function.Invocation) bool {
	name := inv.Function
	rec := s.d.registry.lookup(name)
	if s.d.cfg.Overflow == nil || rec == nil || rec.version() == nil {
		return false
	}
	fn := rec.version()
	if _, refused := s.d.quarantine.check(name, fn.Version, time.Now()); refused {
		return false
	}
	if fn.Manifest.Dedicated && s.d.cfg.Dedicated == DedicatedAsked {
		return !s.d.asked[name]
	}
	isolate, free := fn.Manifest.Dedicated, false
	probe := newTicket(inv, nil, rec, fn, time.Now())
	for _, sl := range s.d.slots {
		isolate = isolate || (sl.only == nil && sl.phase == serving && !sl.draining && !sl.stuck)
		free = free || (sl.free() && sl.admits(probe))
	}
	n := s.d.queue.len()
	full := n >= function.Headroom(s.d.cfg.Queue, inv.Depth) || (inv.Depth == 0 && rec.queued.n > 0 && rec.queued.n >= s.d.room(rec, fn))
	spills := full || (s.d.cfg.SpillAt > 0 && n >= s.d.cfg.SpillAt)
	return full || (!free && (spills || !isolate))
}

// overflow is a peer, which may have room, and answers now or later.
func (s *sim) overflow(inv *function.Invocation, done func(*function.Result)) bool {
	s.consulted++
	if !s.d.mu.TryLock() {
		s.t.Fatal("a peer is asked under the lock")
	}
	s.d.mu.Unlock()
	if s.hopped[inv.ID] {
		s.t.Fatalf("%s hopped twice", inv.ID)
	}
	if !s.room || s.rng.IntN(3) == 0 {
		return false
	}
	s.handed++
	answer := func(*function.Result) { done(fromPeer()) }
	if s.rng.IntN(2) == 0 {
		answer(nil)
		return true
	}
	s.away = append(s.away, answer)
	return true
}

// cluster does what other nodes, the supervisor of the shared runtimes, or a timer does.
func (s *sim) cluster() {
	switch s.rng.IntN(6) {
	case 0, 1:
		if n := len(s.away); n > 0 {
			i := s.rng.IntN(n)
			answer := s.away[i]
			s.away = slices.Delete(s.away, i, i+1)
			answer(nil)
		}
	case 2, 3:
		if n := len(s.clock.timers); n > 0 {
			if timer := s.clock.timers[s.rng.IntN(n)]; timer.armed {
				timer.armed = false
				timer.f()
			}
		}
	case 4:
		if s.d.cfg.Dedicated == DedicatedAsked {
			_ = s.d.settleIn(fmt.Sprintf("f%d", s.rng.IntN(4)), s.rng.IntN(2) == 0)
		}
	case 5:
		s.resize()
	}
}

// resize retires a shared runtime, or adds one.
func (s *sim) resize() {
	if s.d.cfg.Overflow == nil || s.rng.IntN(8) > 0 {
		return
	}
	if len(s.slots) > 0 && s.rng.IntN(2) == 0 {
		if sl := s.slots[s.rng.IntN(len(s.slots))]; sl.only == nil {
			s.d.retire(sl)
		}
		return
	}
	if len(s.slots) < 8 {
		sl := newSlot(100 + s.own)
		s.own++
		s.d.add(sl)
		s.slots = append(s.slots, sl)
		s.restart(sl)
	}
}
