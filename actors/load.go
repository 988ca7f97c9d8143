package actors

import (
	"math"
	"time"
)

// Load is what others need to know of a Pool to hand work to it. It is about what any
// shared runtime may run; dedicated ones are counted in Inflight and Queue alone.
type Load struct {
	// Runtimes is the number of shared runtimes, without those that drain.
	Runtimes int
	// Room is how many more invocations could start, or wait without Config.SpillAt being
	// reached; 0 where no shared runtime has an isolate, or the pool drains.
	Room int
	// Inflight is the number of invocations that have started and not settled, Queue of
	// those that wait to start.
	Inflight, Queue int
	// Delay is how long an invocation waited to start lately: the larger of the age of
	// the oldest that waits and the average of those that started, which fades when
	// nothing does.
	Delay time.Duration
	// Worked is how long shared runtimes were in turns, all together and since the pool
	// began; a turn counts when it ends.
	Worked time.Duration
}

// Load returns a snapshot. It takes the pool's lock for some hundred nanoseconds, and
// allocates nothing.
func (p *Pool) Load() Load { return p.d.load() }

// Backlog returns how many invocations wait to start. It takes no lock.
func (p *Pool) Backlog() int { return int(p.d.queue.size.Load()) }

func (d *dispatcher) load() Load {
	now := d.clock.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	l := Load{Queue: d.queue.len(), Delay: d.delay.at(now), Worked: d.worked}
	free, open := 0, false
	for _, s := range d.slots {
		l.Inflight += max(s.inflight, s.running.n)
		if s.only != nil || s.draining {
			continue
		}
		l.Runtimes++
		if s.phase == serving && !s.stuck {
			open = true
		}
		if s.free() && !s.full() {
			free++
		}
	}
	if more := d.spillAt() - l.Queue; open && more > 0 && !d.closed && !d.draining.Load() {
		l.Room = more + free
	}
	for _, rec := range d.queue.records {
		t := rec.queued.head
		if fn := t.version(); fn == nil || !fn.Manifest.Dedicated {
			l.Delay = max(l.Delay, now.Sub(t.entered))
		}
	}
	return l
}

const (
	// averageShare is what one sample weighs.
	averageShare = 1.0 / 8
	// averageHalf is the time in which an average halves by itself.
	averageHalf = time.Second
)

// average is an exponentially weighted moving average of durations, which fades with
// time. It knows no clock. The zero value is an average of nothing.
type average struct {
	value float64 // nanoseconds, at when
	when  time.Time
}

// add takes a sample at now.
func (a *average) add(sample time.Duration, now time.Time) {
	old := a.faded(now)
	a.value, a.when = old+averageShare*(float64(max(sample, 0))-old), now
}

// at returns the average as it stands at now.
func (a *average) at(now time.Time) time.Duration { return time.Duration(a.faded(now)) }

func (a *average) faded(now time.Time) float64 {
	if a.value == 0 {
		return 0
	}
	halves := float64(max(now.Sub(a.when), 0)) / float64(averageHalf)
	if halves < 1e-3 { // as under load: what this leaves out is under a millionth
		return a.value * (1 - math.Ln2*halves)
	}
	return a.value * math.Exp2(-halves)
}
